# One disk: an MBR with GRUB in the gap before the first partition, and one ext4 partition.
size_mib=2048
uuid=1ab0a4de-0000-4000-8000-74696e790001

make_disk() {
  local disk=$work/disk.raw
  truncate -s "${size_mib}M" "$disk"
  printf 'label: dos\nlabel-id: 0x1ab0a4de\nstart=2048, type=83, bootable\n' | sfdisk --quiet "$disk"
  make_filesystem "$disk"
  make_bootable "$disk"
  # The format is declared; the result carries no time and no path.
  qemu-img convert -f raw -O qcow2 -c "$disk" "$work/tiny.qcow2"
}

make_filesystem() {
  MKE2FS_CONFIG=$recipe/mke2fs.conf E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -F -t ext4 -b 4096 -I 256 -N 65536 \
    -m 0 -J size=8 -L tiny-root -U "$uuid" -E "hash_seed=$uuid,offset=1048576" -d "$work/root" "$1" "$((size_mib - 1))M"
  own_by_root "$1?offset=1048576"
}

# mke2fs copies the builder's ids and the moment a file was made: both are set here, inode by inode.
own_by_root() {
  local used
  used=$(dumpe2fs -h "$1" 2>/dev/null | awk '/^Inode count:/ { all = $3 } /^Free inodes:/ { print all - $3 }')
  awk -v used="$used" -v time="@$SOURCE_DATE_EPOCH" 'BEGIN {
    for (i = 2; i <= used; i++) if (i == 2 || i > 10) {
      print "sif <" i "> uid 0"; print "sif <" i "> gid 0"
      n = split("atime ctime crtime mtime", field, " ")
      for (f = 1; f <= n; f++) { print "sif <" i "> " field[f] " " time; print "sif <" i "> " field[f] "_extra 0" }
    }
  }' >"$work/inodes"
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f "$work/inodes" "$1" >"$work/debugfs.log" 2>&1
}

# boot.img holds 440 bytes of code; the core lies from sector 1 on, where its built-in block list expects it.
make_bootable() {
  local core=$work/core.img
  printf 'serial --unit=0\nterminal_output serial\nlinux /boot/vmlinuz %s\ninitrd /boot/initrd\nboot\n' "$(cat "$recipe/cmdline")" >"$work/grub.cfg"
  grub-mkimage -O i386-pc -o "$core" -c "$work/grub.cfg" -p '(,msdos1)/boot' biosdisk part_msdos ext2 linux serial terminal boot
  [ "$(stat -c %s "$core")" -le $((2047 * 512)) ] || { echo 'The GRUB core does not fit before the first partition.' >&2 && exit 1; }
  dd if=/usr/lib/grub/i386-pc/boot.img of="$1" bs=440 count=1 conv=notrunc status=none
  dd if="$core" of="$1" bs=512 seek=1 conv=notrunc status=none
}
