# Debian 12's packages, whatever this machine runs: our own package lists and downloads, beneath the cache.
# apt checks Debian's signature on the lists and, through them, the digest of every package.
apt_options() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror=http://deb.debian.org
  mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" "$cache/debs"
  : >>"$cache/apt/status"
  {
    echo "deb [arch=amd64 signed-by=$keyring] $mirror/debian bookworm main"
    echo "deb [arch=amd64 signed-by=$keyring] $mirror/debian-security bookworm-security main"
  } >"$cache/apt/sources.list"
  apt=(-qq -o "Dir::Etc::SourceList=$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null
    -o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::Lists=$cache/apt/lists" -o "Dir::State::Status=$cache/apt/status"
    -o "Dir::Cache=$cache/apt" -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o Acquire::Languages=none
    # Root would otherwise fetch as the user _apt, who cannot write into root's cache.
    -o APT::Sandbox::User=)
}

# One line "name version sha256" per package, sorted. $1: yes to ask Debian for newer ones.
choose_packages() {
  local names kernel
  apt_options
  exec 9>"$cache/lock"
  flock 9
  if [ "$1" = yes ] || ! ls "$cache"/apt/lists/*_Packages* >/dev/null 2>&1; then
    apt-get "${apt[@]}" update >&2
  fi
  mapfile -t names <"$recipe/packages"
  kernel=$(apt-cache "${apt[@]}" depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
  apt-cache "${apt[@]}" show --no-all-versions -- "${names[@]}" "$kernel" |
    awk '/^Package: /{ p = $2 } /^Version: /{ v = $2 } /^SHA256: /{ print p, v, $2 }' | sort
}

# Downloads what is not in the cache, and checks the digest of all: a file may have lain there for long.
fetch_packages() {
  local name version sha256 need=()
  apt_options
  while read -r name version sha256; do
    [ -f "$(deb "$name")" ] || need+=("$name=$version")
  done
  if [ ${#need[@]} -gt 0 ]; then
    (cd -- "$cache/debs" && apt-get "${apt[@]}" download "${need[@]}") ||
      { echo 'Debian may have newer packages by now: run again with --update.' >&2 && exit 1; }
  fi
  while read -r name version sha256; do
    echo "$sha256  $(deb "$name")"
  done <"$work/packages" | sha256sum --check --quiet --strict
}

# The file of package $1 in the cache, at the chosen version.
deb() {
  local version
  version=$(awk -v name="$1" '$1 == name { print $2 }' "$work/packages")
  echo "$cache/debs/$1_${version//:/%3a}_amd64.deb"
}

# Puts package $1 beneath folder $2, the same for root and for others. The rest are tar's own options.
unpack() {
  dpkg-deb --fsys-tarfile "$(deb "$1")" | tar -x -C "$2" --no-same-owner --no-same-permissions "${@:3}"
}
