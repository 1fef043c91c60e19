# Flattens one YAML (or JSON) document: a line "path<TAB>value" per scalar, as in "users/0/name<TAB>root".
# Backslash, newline and tab in a value are written \\, \n and \t; a "/" in a key becomes "_". Null values have no line.
# Understood: block and flow mappings and sequences, plain, quoted and block scalars over any number of lines.
# Not understood, and then nothing may be used: anchors, aliases, tags, several documents.
BEGIN { KEY = "^ *(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_][^]\"'{}:[]*) *:( |$)" }
{ sub(/\r$/, ""); line[NR] = $0 }
END {
  at = 1
  node(0, "")
  if (more()) fail()
}

# Stands at a line that says something; false at the end.
function more() {
  while (at <= NR && line[at] ~ /^ *(#.*|---)? *$/) at++
  return at <= NR
}

function node(min, path,   indent) {
  if (!more() || (indent = depth(line[at])) < min) return
  if (line[at] ~ /^ *-( |$)/) sequence(indent, path)
  else if (line[at] ~ KEY) mapping(indent, path)
  else scalar(min, path)
}

# An item stands where its dash stood, one column further in.
function sequence(indent, path,   n) {
  n = 0
  while (more() && depth(line[at]) == indent && line[at] ~ /^ *-( |$)/) {
    sub(/-/, " ", line[at])
    node(indent + 1, under(path, n++))
  }
}

# A value stands where it stood, its key blanked out.
function mapping(indent, path,   key) {
  while (more() && depth(line[at]) == indent && match(line[at], KEY)) {
    key = substr(line[at], indent + 1, RLENGTH - indent)
    line[at] = sprintf("%" RLENGTH "s", "") substr(line[at], RLENGTH + 1)
    sub(/ *: ?$/, "", key)
    if (key ~ /^["']/) key = substr(key, 2, length(key) - 2)
    value(indent, under(path, key))
  }
}

function value(indent, path) {
  if (line[at] !~ /^ *(#.*)?$/) { scalar(indent + 1, path); return }
  if (more() && depth(line[at]) == indent && line[at] ~ /^ *-( |$)/) sequence(indent, path)
  else node(indent + 1, path)
}

function scalar(min, path) {
  rest = trim(line[at])
  if (rest ~ /^[&*!%@`]/) fail()
  if (rest ~ /^[|>]/) { block(min, path); return }
  if (rest !~ /^[]["'{]/) { plain(min, path); return }
  at++
  flow(path)
  if (rest !~ /^ *(#.*)?$/) fail()
}

function plain(min, path,   text) {
  text = bare(rest)
  for (at++; at <= NR && depth(line[at]) >= min && line[at] !~ /^ *(#.*)?$/; at++) text = text " " bare(trim(line[at]))
  emit(path, text, 1)
}

function block(min, path,   head, literal, base, blanks, text, started) {
  head = rest
  literal = head ~ /^\|/
  if (match(head, /[1-9]/)) base = min - 1 + substr(head, RSTART, 1)
  for (at++; at <= NR; at++) {
    if (line[at] ~ /^ *$/) { blanks++; continue }
    if (!base && depth(line[at]) >= min) base = depth(line[at])
    if (!base || depth(line[at]) < base) break
    text = text gap(blanks, started, literal) substr(line[at], base + 1)
    started = 1
    blanks = 0
  }
  if (head ~ /^.[1-9]?\+/) text = text newlines(blanks + 1)
  else if (started && head !~ /^.[1-9]?-/) text = text "\n"
  emit(path, text, 0)
}

# What stands between two lines of a block scalar.
function gap(blanks, started, literal) {
  return started && !blanks && !literal ? " " : newlines(blanks + (started && literal))
}

# A value within `rest`, and the lines after it when it goes on there.
function flow(path,   open, n) {
  space()
  open = substr(rest, 1, 1)
  if (open != "{" && open != "[") { emit(path, word("^[^],[{}]*"), plainly); return }
  eat(1)
  for (n = 0; ; n++) {
    space()
    if (rest ~ /^[]}]/) { eat(1); return }
    if (open == "{") pair(path)
    else flow(under(path, n))
    space()
    if (rest ~ /^,/) eat(1)
    else if (rest !~ /^[]}]/) fail()
  }
}

function pair(path,   key) {
  key = word("^[^],:[{}]*")
  space()
  if (rest !~ /^:/) fail()
  eat(1)
  flow(under(path, key))
}

# Sets `plainly` when the word is in no quotes.
function word(pattern,   text) {
  plainly = 0
  if (rest ~ /^["']/) return quoted(substr(rest, 1, 1))
  plainly = 1
  if (!match(rest, pattern) || !RLENGTH) fail()
  text = substr(rest, 1, RLENGTH)
  eat(RLENGTH)
  return bare(text)
}

function quoted(mark,   text) {
  for (eat(1); ; ) {
    if (rest == "") text = text fold()
    else if (substr(rest, 1, 1) == mark && rest !~ /^''/) { eat(1); return text }
    else if (rest ~ /^''/ && mark == "'") { text = text "'"; eat(2) }
    else if (rest == "\\" && mark == "\"") fold()
    else if (rest ~ /^\\/ && mark == "\"") text = text escaped()
    else {
      match(rest, mark == "'" ? "^[^']+" : "^[^\"\\\\]+")
      text = text substr(rest, 1, RLENGTH)
      eat(RLENGTH)
    }
  }
}

# What stands for the end of a line within quotes; `rest` becomes the next line that is not blank.
function fold(   blanks) {
  while (at <= NR && line[at] ~ /^[ \t]*$/) { at++; blanks++ }
  if (at > NR) fail()
  rest = trim(line[at++])
  return blanks ? newlines(blanks) : " "
}

function escaped(   c, code) {
  c = substr(rest, 2, 1)
  if (c == "u" || c == "x") {
    code = hex(substr(rest, 3, c == "u" ? 4 : 2))
    eat(c == "u" ? 6 : 4)
    if (code < 1 || code > 126) fail()
    return sprintf("%c", code)
  }
  eat(2)
  if (c == "n") return "\n"
  if (c == "t") return "\t"
  if (c ~ /["\\\/ ]/) return c
  fail()
}

function hex(digits,   i, n) {
  for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
  return n
}

function space() {
  for (;;) {
    sub(/^[ \t]+/, "", rest)
    if (rest != "" && rest !~ /^#/) return
    if (at > NR) fail()
    rest = line[at++]
  }
}

function emit(path, text, isPlain) {
  if (isPlain && (text == "" || text == "~" || text == "null")) return
  gsub(/\\/, "\\\\", text)
  gsub(/\n/, "\\n", text)
  gsub(/\t/, "\\t", text)
  print path "\t" text
}

function under(path, key) {
  gsub(/[\/\t\n]/, "_", key)
  return path == "" ? key "" : path "/" key
}

function bare(text) { sub(/(^|[ \t])#.*/, "", text); return trim(text) }
function trim(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
function depth(text) { match(text, /^ */); return RLENGTH }
function eat(n) { rest = substr(rest, n + 1) }
function newlines(n,   text) { while (n-- > 0) text = text "\n"; return text }

function fail() {
  print "yaml: line " at " is not understood" >"/dev/stderr"
  exit 1
}
