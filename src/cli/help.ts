/** What each command takes and does. A test holds it against what the commands understand. */
const commands = `  labwarden serve [--config FILE] [--toolsets NAME,NAME] [--read-only]
                                           speak MCP on stdin and stdout; what an MCP client starts
  labwarden lab [--config FILE]            be the lab server: for the service manager of a shared lab
  labwarden check [--config FILE]          load all that a lab would, and connect nothing: 0 fine, 1 not
  labwarden status [--config FILE]         what the lab server is doing
  labwarden stop [--config FILE] [--wait]  end the lab server; running VMs go on
  labwarden tools [--config FILE] [--json] the tools that a client of this lab is offered
  labwarden call TOOL [NAME=VALUE…|JSON] [--no-wait] [--config FILE]
                                           one call by hand; it is judged, asked about and logged like any other.
                                           One that goes on as a job is waited for, unless --no-wait
  labwarden audit verify [--from NOTE]… [--pub KEY]… [--fast|--strict]
                                           check the audit log: 0 whole, 1 tampered, 2 torn, 3 a gap, 4 not checked
  labwarden audit tail [-f|--follow] [-n|--lines COUNT]
                                           the last records, and what comes
  labwarden audit query [--user NAME] [--tool NAME] [--subject NAME] [--code CODE] [--call ID] [--kind KIND]
                        [--since TIME] [--until TIME]
                                           records, oldest first
  labwarden audit show CALL                what is known of one call, for people
  labwarden audit prove CALL|NUMBER        a file that proves records to whoever has the public key
  labwarden audit verify-proof FILE --pub KEY
                                           check such a file: 0 proved, 1 not
  labwarden audit key                      the public key of the log's checkpoints
  labwarden audit hash STRING              how a hidden string looks in the log; - reads it from stdin
  labwarden approvals [--json]             what waits for people to approve
  labwarden approve ID [--as NAME] [--grant CALLS --minutes MINUTES [--whole]]
                                           read it, type the name, sign with your key; perhaps for the next calls too
  labwarden deny ID [REASON] [--as NAME]   say no
  labwarden approver list [--json]         who may approve
  labwarden approver add NAME [--user USER]
                                           make a key and become an approver; the first is trusted, others are signed for
  labwarden approver remove NAME           let one be no approver any more, when others sign it
  labwarden grants [--json]                what was granted beyond single calls
  labwarden grant revoke ID                take it back
  labwarden policy check [FILES…] [--strict]
                                           what is wrong with policy files, or probably not meant: 0 nothing, 1 it is, 2 not read
  labwarden policy test [TABLES…] [--coverage PERCENT]
                                           ask policies what tables expect: 0 as expected, 1 not, 2 not asked
  labwarden policy explain --user NAME [--group NAME]… [--agent NAME] ACTION TYPE[:NAME] [attribute=value…]
                                           why somebody may, or may not, and what would change it: 0 may, 1 not
  labwarden policy explain --call ID       the same of a call in the audit log
  labwarden policy diff BEFORE AFTER       what people may do with one policy and not the other: 0 same, 1 less, 2 more;
                                           each a config file, or policy files with commas between them
  labwarden policy whocan ACTION TYPE [attribute=value…]
                                           who may do something: 0 somebody, 1 nobody
  labwarden policy replay [--since TIME] [--dir DIR]
                                           what a policy would have said to the calls in the audit log: 0 the same, 1 else
  labwarden policy reload                  read the policy files now: 0 in force or waiting, 1 not taken
  labwarden policy accept HASH             take a policy that waits because it gives more to destroy
  labwarden plugin digest DIR              what a config pins of a plugin that its admin has read
  labwarden version`;

/** What several of a command's parts take, said once. */
const shared: Readonly<Record<string, string>> = {
  audit:
    'All of audit but verify-proof take --config FILE or --dir DIR; verify, tail, query, show and verify-proof take --json.',
  approve: 'All about approving takes --config FILE.',
  policy:
    'All of policy take --config FILE; those that answer a question take --json, and explain, whocan and replay --policies FILES.',
};

const end = `The config is the first of: --config, LABWARDEN_CONFIG, ./labwarden.yaml, ~/.config/labwarden/config.yaml,
/etc/labwarden/config.yaml. Without any, labwarden is a lab of one on QEMU. LABWARDEN_SOCKET names your socket in a lab that
somebody else runs; then no config is read.`;

export const help = `labwarden: virtual machines in a shared lab, for people and their agents, behind a policy gate.

${commands}

${Object.values(shared).join('\n')}
labwarden COMMAND --help shows one of them.

${end}`;

const entries = commands.split(/\n(?= {2}labwarden )/);

/** Help about as much as was typed of a command; about all when that is none. */
export function helpFor(typed: readonly string[]): string {
  for (let count = Math.min(typed.length, 2); count > 0; count--) {
    const start = `  labwarden ${typed.slice(0, count).join(' ')}`;
    const found = entries.filter(
      (entry) => entry === start || (/^[\s[]/.test(entry.slice(start.length)) && entry.startsWith(start)),
    );
    if (found.length > 0) return [...found, ...sharedBy(typed[0] ?? '')].join('\n');
  }
  return help;
}

const approving = ['approvals', 'approve', 'deny', 'approver', 'grants', 'grant'];

const sharedBy = (command: string): readonly string[] =>
  [shared[approving.includes(command) ? 'approve' : command] ?? []].flat().flatMap((text) => ['', text]);
