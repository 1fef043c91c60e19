// Makes a fresh clone ready: npm packages with a current Node, Debian packages, the guest image. Plain JavaScript, because it
// runs on whatever Node the machine has before there is a better one. Does nothing that is done already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const state = join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'labwarden');
export const images = join(state, 'images');

/** Programs that are needed, each with the Debian package that brings it. */
const programs = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  'grub-mkimage': 'grub-common',
  '/usr/lib/grub/i386-pc/boot.img': 'grub-pc-bin',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
  mke2fs: 'e2fsprogs',
  sfdisk: 'fdisk',
  cpio: 'cpio',
  gzip: 'gzip',
  modprobe: 'kmod',
  readelf: 'binutils',
  flock: 'util-linux',
  xz: 'xz-utils',
};

/** What only tests use: other people's programs, against which ours are checked. */
const testPrograms = {
  'qemu-system-x86_64': 'qemu-system-x86',
  isoinfo: 'genisoimage',
  genisoimage: 'genisoimage',
  'ssh-keygen': 'openssh-client',
  ss: 'iproute2',
  blkid: 'util-linux',
  git: 'git',
};

const steps = {
  npm: npmPackages,
  debian: () => debianPackages(programs),
  tests: () => debianPackages(testPrograms),
  image: guestImage,
};
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : ['npm', 'debian', 'image']) steps[name]();

function npmPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.labwarden-setup');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('npm packages, and a current Node with them');
  // Run by npm, its own program is known; started by hand, it is on the path.
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Not `npm ci`: it insists on packages for every platform being in the lock, and registries that mirror one platform lack them.
  must(
    [...npm, 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    'npm could not install what package-lock.json names.',
  );
  const node = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(node) && Number.parseInt(process.versions.node, 10) >= 24) symlinkSync(process.execPath, node);
  if (!existsSync(node))
    fail(
      `There is no Node for ${process.platform}-${process.arch} in npm; install Node 24 or later and run this again.`,
    );
  writeFileSync(stamp, lock);
}

function debianPackages(needed) {
  const missing = [
    ...new Set(
      Object.entries(needed)
        .filter(([program]) => !has(program))
        .map(([, name]) => name),
    ),
  ];
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!has('apt-get')) fail(`Missing here: ${missing.join(', ')} (Debian's names). Install them, then run this again.`);
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0)
    fail(`Missing here. Install them, then run this again:  sudo ${command}`);
  say(`Debian packages: ${missing.join(' ')}`);
  const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] };
  must([...asRoot, 'apt-get', 'update', '-qq'], 'apt-get update failed.', quiet);
  must([...asRoot, ...command.split(' ')], `This failed:  ${command}`, quiet);
}

function guestImage() {
  if (!existsSync(join(images, 'tiny.json'))) say('the guest image, from Debian packages; about 15 seconds');
  must([join(root, 'images/tiny/build.sh'), images], 'The guest image could not be built.', {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function has(program) {
  if (program.startsWith('/')) return existsSync(program);
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function must([program, ...args], sentence, options = {}) {
  const { status, signal } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  if (signal) process.exit(130);
  if (status !== 0) fail(sentence);
}

function say(text) {
  process.stderr.write(`setting up: ${text}\n`);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
