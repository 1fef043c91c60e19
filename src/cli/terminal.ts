import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { plainLine } from '../kernel/legible.ts';
import { LabError } from '../sdk/errors.ts';

/** The person at the controlling terminal, whatever stdin and stdout are. */
export interface Terminal extends Disposable {
  /** Nothing in the line can move the cursor or hide what follows. */
  say(line: string): void;
  ask(question: string): Promise<string>;
  /** The same, and nobody sees what is typed. */
  secret(question: string): Promise<string>;
}

export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** Throws UNSUPPORTED where there is none: a passphrase comes from no pipe, argument or environment. */
export function openTerminal(): Terminal {
  const input = opened();
  const output = openSync('/dev/tty', 'w');
  input.setRawMode(true).setEncoding('utf8').pause();
  const say = (line: string) => void writeSync(output, `${plainLine(line)}\n`);
  const read = async (question: string, echoes: boolean) => {
    writeSync(output, plainLine(question));
    const typed = await line(input, (shown) => writeSync(output, echoes ? shown : ''));
    writeSync(output, '\n');
    return typed;
  };
  return {
    say,
    ask: (question) => read(question, true),
    secret: (question) => read(question, false),
    [Symbol.dispose]() {
      input.setRawMode(false);
      input.destroy();
      closeSync(output);
    },
  };
}

function opened(): ReadStream {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch (cause) {
    throw new LabError(
      'UNSUPPORTED',
      'There is no terminal here. Run this yourself, in a terminal of yours: it asks for your passphrase there and nowhere else.',
      { cause },
    );
  }
}

const [ctrlC, ctrlD, backspace, ctrlH, ctrlU] = ['\x03', '\x04', '\x7f', '\b', '\x15'];

/** One line, letter by letter: nothing shows what was not shown on purpose. Throws CANCELLED on Ctrl-C and Ctrl-D. */
function line(input: ReadStream, show: (text: string) => void): Promise<string> {
  const typed: string[] = [];
  const take = (sign: string): 'end' | 'cancelled' | undefined => {
    if (sign === '\r' || sign === '\n') return 'end';
    if (sign === ctrlC || sign === ctrlD) return 'cancelled';
    if (sign === backspace || sign === ctrlH) {
      if (typed.pop() !== undefined) show('\b \b');
    } else if (sign === ctrlU) {
      show('\b \b'.repeat(typed.splice(0).length));
    } else if (plainLine(sign) === sign) {
      typed.push(sign);
      show(sign);
    }
    return undefined;
  };
  return new Promise((resolve, reject) => {
    const over = () => {
      input.pause().off('data', read).off('end', ended);
    };
    const ended = () => {
      over();
      reject(new LabError('CANCELLED', 'Nothing was done.'));
    };
    const read = (piece: string) => {
      const signs = [...piece];
      for (const [at, sign] of signs.entries()) {
        const what = take(sign);
        if (what === undefined) continue;
        over();
        const rest = signs.slice(at + 1).join('');
        if (rest !== '') input.unshift(rest, 'utf8');
        if (what === 'end') return resolve(typed.join(''));
        return reject(new LabError('CANCELLED', 'Nothing was done.'));
      }
    };
    input.on('data', read).once('end', ended).resume();
  });
}
