# What the build needs on this machine. Each tool with the Debian package that brings it.
need_tools() {
  local tool package missing=
  while read -r tool package; do
    command -v -- "$tool" >/dev/null || [ -e "$tool" ] || [[ "$missing " == *" $package "* ]] || missing+=" $package"
  done <<'END'
apt-get apt
dpkg-deb dpkg
/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
flock util-linux
modprobe kmod
readelf binutils
cpio cpio
gzip gzip
mke2fs e2fsprogs
debugfs e2fsprogs
sfdisk fdisk
grub-mkimage grub-common
/usr/lib/grub/i386-pc/boot.img grub-pc-bin
qemu-img qemu-utils
END
  if [ -n "$missing" ]; then
    echo "Missing here: install it with \"apt-get install$missing\"." >&2
    exit 2
  fi
  if [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo 'The tiny guest is built on amd64 only: its own busybox runs during the build.' >&2
    exit 2
  fi
}
