export const help = `labwarden: virtual machines in a shared lab, for people and their agents, behind a policy gate.

  labwarden serve [--config FILE] [--toolsets NAME,NAME] [--read-only]
                                           speak MCP on stdin and stdout; what an MCP client starts
  labwarden lab [--config FILE]            be the lab server: for the service manager of a shared lab
  labwarden check [--config FILE]          load all that a lab would, and connect nothing: 0 fine, 1 not
  labwarden status [--config FILE]         what the lab server is doing
  labwarden stop [--config FILE] [--wait]  end the lab server; running VMs go on
  labwarden tools [--config FILE] [--json] the tools that a client of this lab is offered
  labwarden call TOOL [NAME=VALUE…|JSON]   one call by hand; it is judged, asked about and logged like any other
  labwarden audit verify [--from NOTE] [--pub KEY] [--fast]
                                           check the audit log: 0 whole, 1 tampered, 2 torn, 3 a gap, 4 not checked
  labwarden audit tail [-f] [-n COUNT]     the last records, and what comes
  labwarden audit query [--user NAME] [--tool NAME] [--subject NAME] [--code CODE] [--call ID] [--kind KIND]
                        [--since TIME] [--until TIME]
                                           records, oldest first
  labwarden audit show CALL                what is known of one call, for people
  labwarden audit prove CALL|NUMBER        a file that proves records to whoever has the public key
  labwarden audit verify-proof FILE --pub KEY
                                           check such a file: 0 proved, 1 not
  labwarden audit key                      the public key of the log's checkpoints
  labwarden audit hash STRING              how a hidden string looks in the log
                                           All of audit take --config FILE or --dir DIR; most take --json
  labwarden approvals [--json]             what waits for people to approve
  labwarden approve ID [--as NAME] [--grant CALLS --minutes MINUTES [--whole]]
                                           read it, type the name, sign with your key; perhaps for the next calls too
  labwarden deny ID [REASON] [--as NAME]   say no
  labwarden approver list | add NAME [--user USER] | remove NAME
                                           who may approve
  labwarden grants [--json]                what was granted beyond single calls
  labwarden grant revoke ID                take it back
  labwarden policy check [FILES…]          what is wrong with policy files, or probably not meant: 0 nothing, 1 it is, 2 not read
  labwarden policy test [TABLES…]          ask policies what tables expect: 0 as expected, 1 not, 2 not asked
  labwarden policy explain --user NAME ACTION TYPE[:NAME] [attribute=value…]
                                           why somebody may, or may not, and what would change it: 0 may, 1 not
  labwarden policy diff BEFORE AFTER       what people may do with one policy and not the other: 0 same, 1 less, 2 more
  labwarden policy whocan ACTION TYPE      who may do something: 0 somebody, 1 nobody
  labwarden policy replay [--since TIME]   what a policy would have said to the calls in the audit log: 0 the same, 1 else
  labwarden policy reload [--config FILE]  read the policy files now: 0 in force or waiting, 1 not taken
  labwarden policy accept HASH [--config FILE]
                                           take a policy that waits because it gives more to destroy
  labwarden plugin digest DIR              what a config pins of a plugin that its admin has read
  labwarden version

The config is the first of: --config, LABWARDEN_CONFIG, ./labwarden.yaml, ~/.config/labwarden/config.yaml,
/etc/labwarden/config.yaml. Without any, labwarden is a lab of one on QEMU. LABWARDEN_SOCKET names your socket in a lab that
somebody else runs; then no config is read.`;
