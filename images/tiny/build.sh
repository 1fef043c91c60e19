#!/bin/bash
# Builds the tiny guest from Debian 12 packages, as any user: no root, no mount, no loop device, no chroot.
#   images/tiny/build.sh [--update] OUTDIR
# makes OUTDIR/{tiny.qcow2,tiny-vmlinuz,tiny-initrd,tiny.json}; nothing when they are already what would be built.
# --update asks Debian for newer packages first.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC PATH="$PATH:/usr/sbin:/sbin"
# The one time that every file in the image carries: 2026-01-01.
export SOURCE_DATE_EPOCH=1767225600

recipe=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/labwarden
for part in tools packages guest disk; do
  # shellcheck source=/dev/null
  . "$recipe/build/$part.sh"
done

main() {
  local update=no
  if [ "${1-}" = --update ]; then update=yes && shift; fi
  if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
    echo 'Usage: images/tiny/build.sh [--update] OUTDIR' >&2
    exit 2
  fi
  need_tools
  mkdir -p -- "$1" "$cache"
  out=$(cd -- "$1" && pwd)
  # The work folder lies beside the result, so that each file appears by one rename.
  work=$(mktemp -d -- "$out/.tiny.XXXXXX")
  trap 'rm -rf -- "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  choose_packages "$update" >"$work/packages"
  stamp=$( (cd -- "$recipe" && find . -type f -print0 | sort -z | xargs -0 sha256sum && cat "$work/packages") | sha256sum | cut -d' ' -f1)
  if built_already; then
    echo "$out/tiny.qcow2 is up to date." && return
  fi

  fetch_packages <"$work/packages"
  unpack_kernel
  make_initrd
  make_root
  make_disk
  publish
}

built_already() {
  local file
  for file in tiny.qcow2 tiny-vmlinuz tiny-initrd; do [ -f "$out/$file" ] || return; done
  grep -qs "\"recipe\": \"$stamp\"" "$out/tiny.json"
}

# tiny.json goes first and comes last: where it is, the rest is whole.
publish() {
  local file
  cd -- "$work"
  describe >tiny.json
  chmod 444 tiny.qcow2 tiny-vmlinuz tiny-initrd tiny.json
  rm -f -- "$out/tiny.json"
  for file in tiny.qcow2 tiny-vmlinuz tiny-initrd tiny.json; do mv -f -- "$file" "$out/$file"; done
  echo "$out/tiny.qcow2 is ready."
}

# Names, versions and digests hold no character that JSON would escape; nor does our command line.
describe() {
  printf '{\n  "name": "tiny",\n  "recipe": "%s",\n  "format": "qcow2",\n  "cmdline": "%s",\n' "$stamp" "$(cat "$recipe/cmdline")"
  printf '  "files": {\n'
  sha256sum tiny.qcow2 tiny-vmlinuz tiny-initrd | awk '{ printf "%s    \"%s\": \"%s\"", sep, $2, $1; sep = ",\n" }'
  printf '\n  },\n  "packages": [\n'
  awk '{ printf "%s    { \"name\": \"%s\", \"version\": \"%s\", \"sha256\": \"%s\" }", sep, $1, $2, $3; sep = ",\n" }' packages
  printf '\n  ]\n}\n'
}

main "$@"
