# The guest's files: kernel, initrd, root.
# Modules that find the root filesystem on any disk QEMU offers (the cloud kernel has no AHCI), and those for later.
early=(virtio_pci virtio_mmio virtio_blk virtio_scsi sd_mod ata_piix)
later=("${early[@]}" virtio_net virtio_console virtio-rng virtio_balloon sr_mod isofs vfat nls_cp437 nls_ascii button evdev af_packet)

unpack_kernel() {
  mkdir "$work/kernel"
  unpack "$(awk '/^linux-image-/ { print $1 }' "$work/packages")" "$work/kernel"
  release=$(ls "$work/kernel/lib/modules")
  depmod -b "$work/kernel" "$release"
  cp "$work/kernel/boot/vmlinuz-$release" "$work/tiny-vmlinuz"
}

# Copies modules and all they need into the tree $1.
add_modules() {
  local tree=$1 from=$work/kernel/lib/modules/$release to=$1/lib/modules/$release module path
  mkdir -p "$to"
  cp "$from"/modules.{builtin,builtin.modinfo,order} "$to"
  for module in "${@:2}"; do
    modprobe -C /dev/null -d "$work/kernel" -S "$release" --show-depends "$module"
  done | sed -n 's/^insmod \(.*\.ko\).*/\1/p' | sort -u | while read -r path; do
    install -D -m 644 "$path" "$to/${path#"$from/"}"
  done
  depmod -b "$tree" "$release"
  # busybox reads the text files only.
  rm -f "$to"/*.bin "$to"/modules.{devname,softdep}
}

make_initrd() {
  local tree=$work/initrd applet
  mkdir -p "$tree"/{bin,sbin,dev,proc,sys,root}
  unpack busybox-static "$tree" ./bin/busybox
  for applet in sh cat findfs mount poweroff sleep sort switch_root xargs; do ln -s busybox "$tree/bin/$applet"; done
  ln -s ../bin/busybox "$tree/sbin/modprobe"
  cp "$recipe/root/usr/lib/labwarden/coldplug" "$tree/bin/coldplug"
  cp "$recipe/init" "$tree/init"
  add_modules "$tree" "${early[@]}"
  settle "$tree"
  (cd "$tree" && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --reproducible --quiet) | gzip -9n >"$work/tiny-initrd"
}

make_root() {
  local tree=$work/root name
  mkdir -p "$tree"/{boot,dev,home,lib,mnt,proc,root,run,sys,tmp,etc/{dropbear,sudoers.d},var/lib,var/log,usr/libexec}
  while read -r name _; do
    [[ $name == linux-image-* ]] ||
      unpack "$name" "$tree" --exclude='./lib/systemd*' --exclude='*/gconv*' --exclude='*/libgio-2*' --exclude='*/libgobject-2*' --exclude='*/glib-2.0/*'
  done <"$work/packages"
  # There are no passwords: of PAM only the module that permits stays, for sudo.
  find "$tree"/lib/*/security -type f ! -name pam_permit.so -delete
  # Of the documentation only the licences stay.
  find "$tree/usr/share" -mindepth 1 ! -type d ! -path '*/doc/*/copyright' -delete
  find "$tree/usr/share" -type d -empty -delete
  cp -R "$recipe/root/." "$tree"
  "$tree/bin/busybox" --list-full | grep / | while read -r name; do
    [ -e "$tree/$name" ] || { mkdir -p "$tree/${name%/*}" && ln -s /bin/busybox "$tree/$name"; }
  done
  # Made here and not kept as links: a copy of the sources need not carry any.
  ln -s /proc/mounts "$tree/etc/mtab"
  ln -s /run/resolv.conf "$tree/etc/resolv.conf"
  ln -s /run "$tree/var/run"
  ln -s ../lib/openssh/sftp-server "$tree/usr/libexec/sftp-server"
  add_modules "$tree" "${later[@]}"
  check_libraries "$tree"
  cp "$work/tiny-vmlinuz" "$tree/boot/vmlinuz"
  cp "$work/tiny-initrd" "$tree/boot/initrd"
  settle "$tree"
  chmod 700 "$tree/root" "$tree/etc/dropbear"
  chmod 600 "$tree/etc/shadow"
  chmod 440 "$tree/etc/sudoers"
  chmod 4755 "$tree/usr/bin/sudo"
  chmod 1777 "$tree/tmp"
}

# A missing library would show only inside the guest, and silently.
check_libraries() {
  local lost
  lost=$(comm -23 <(find "$1" -type f \( -perm -100 -o -name '*.so*' \) -exec readelf -d {} + 2>/dev/null |
    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u) <(find "$1" -name '*.so*' -printf '%f\n' | sort -u))
  [ -z "$lost" ] || { echo "images/tiny/packages lacks what brings: ${lost//$'\n'/, }" >&2 && exit 1; }
}

# The same modes and times whoever builds, whenever.
settle() {
  chmod -R u=rwX,go=rX "$1"
  find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}
