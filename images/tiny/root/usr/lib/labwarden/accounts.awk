# From flattened user-data, who may log in: lines "account<TAB>NAME", "sudo<TAB>NAME" and "key<TAB>NAME<TAB>KEY".
# Keys at the top belong to root and to every account named. Of sudo's rules only "all, without a password" is taken.
BEGIN { FS = "\t" }
{ split($1, part, "/"); user = part[2] }
$1 == "disable_root" { closed = $2 == "true" }
part[1] == "ssh_authorized_keys" { shared = shared "\n" $2 }
part[1] != "users" { next }
part[3] == "name" || part[3] == "" && $2 != "default" { name[user] = $2 }
part[3] == "sudo" && $2 ~ /^ALL=\(ALL(:ALL)?\) ?NOPASSWD: ?ALL$/ { sudo[user] = 1 }
part[3] ~ /^ssh[-_]authorized[-_]keys$/ { own[user] = own[user] "\n" $2 }
END {
  if (!closed) account("root", shared)
  for (user in name) {
    if (name[user] == "root") {
      if (!closed) account("root", own[user])
      continue
    }
    account(name[user], shared own[user])
    if (user in sudo) print "sudo\t" name[user]
  }
}

function account(name, keys,   key, n, i) {
  print "account\t" name
  n = split(keys, key, "\n")
  for (i = 1; i <= n; i++) if (key[i] ~ /^(ssh|ecdsa|sk)-/ && key[i] !~ /\\/) print "key\t" name "\t" key[i]
}
