/** Each step once, in this order; `PRAGMA user_version` counts them. A step that was released is never edited. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE cluster (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, project TEXT NOT NULL, provider TEXT NOT NULL,
    protected INTEGER NOT NULL, tags TEXT NOT NULL, expires_at TEXT, generation INTEGER NOT NULL,
    topology TEXT NOT NULL, topology_digest TEXT NOT NULL, network TEXT NOT NULL,
    UNIQUE (owner, name)
  ) STRICT;
  CREATE TABLE vm (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, project TEXT NOT NULL, provider TEXT NOT NULL,
    protected INTEGER NOT NULL, tags TEXT NOT NULL, expires_at TEXT, generation INTEGER NOT NULL,
    cluster_id TEXT REFERENCES cluster (id), cluster TEXT NOT NULL, position INTEGER NOT NULL,
    kind TEXT NOT NULL, role TEXT, managed INTEGER NOT NULL, ref TEXT,
    vcpus INTEGER NOT NULL, memory_mb INTEGER NOT NULL, disk_gb REAL NOT NULL, spec TEXT NOT NULL,
    UNIQUE (owner, cluster, name)
  ) STRICT;
  CREATE INDEX vm_by_cluster ON vm (cluster_id, position);
  CREATE TABLE disk (
    path TEXT PRIMARY KEY, vm_id TEXT, owner TEXT NOT NULL, project TEXT NOT NULL, image TEXT NOT NULL,
    reused INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX disk_by_vm ON disk (vm_id);
  CREATE TABLE call (
    id TEXT PRIMARY KEY, tool TEXT NOT NULL, owner TEXT NOT NULL, project TEXT NOT NULL, principal TEXT NOT NULL,
    input TEXT NOT NULL, effect TEXT NOT NULL, subjects TEXT NOT NULL, status TEXT NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT, progress TEXT, result TEXT, error TEXT
  ) STRICT;
  CREATE INDEX call_by_status ON call (status, started_at);
  CREATE TABLE note (
    call_id TEXT NOT NULL, number INTEGER NOT NULL, step TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (call_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE question (
    id TEXT PRIMARY KEY, plan TEXT NOT NULL, user TEXT NOT NULL, expires_at TEXT NOT NULL, spent_by TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cabinet (
    plugin TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (plugin, key)
  ) STRICT, WITHOUT ROWID;
  `,
  'ALTER TABLE disk ADD COLUMN made INTEGER NOT NULL DEFAULT 1',
  'CREATE INDEX call_by_owner ON call (owner, started_at DESC)',
  `
  ALTER TABLE cluster ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE cluster ADD COLUMN lease_stage TEXT;
  ALTER TABLE cluster ADD COLUMN stage_at TEXT;
  ALTER TABLE cluster ADD COLUMN extensions INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE cluster ADD COLUMN grace_h REAL NOT NULL DEFAULT 24;
  ALTER TABLE cluster ADD COLUMN trashed_at TEXT;
  ALTER TABLE cluster ADD COLUMN purge_at TEXT;
  CREATE TABLE share (
    cluster_id TEXT NOT NULL REFERENCES cluster (id) ON DELETE CASCADE, kind TEXT NOT NULL, name TEXT NOT NULL,
    access TEXT NOT NULL, PRIMARY KEY (cluster_id, kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counted (
    thing TEXT NOT NULL, kind TEXT NOT NULL, amount REAL NOT NULL, owner TEXT NOT NULL, project TEXT NOT NULL,
    groups TEXT NOT NULL, PRIMARY KEY (thing, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX counted_by_owner ON counted (owner, kind, amount);
  CREATE INDEX counted_by_project ON counted (project, kind, amount);
  INSERT INTO counted SELECT id, 'vms', 1, owner, project, '[]' FROM vm;
  INSERT INTO counted SELECT id, 'vcpus', vcpus, owner, project, '[]' FROM vm;
  INSERT INTO counted SELECT id, 'memory_mb', memory_mb, owner, project, '[]' FROM vm;
  INSERT INTO counted SELECT 'disk ' || disk.path, 'disk_gb', vm.disk_gb, vm.owner, vm.project, '[]'
    FROM vm JOIN disk ON disk.vm_id = vm.id AND disk.path = json_extract(vm.spec, '$.disk.path');
  `,
  `
  CREATE TABLE lab (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  INSERT INTO lab VALUES (lower(hex(randomblob(16))));
  CREATE TABLE approver (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, user TEXT NOT NULL, key TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL, removed_at TEXT, proof TEXT NOT NULL
  ) STRICT;
  CREATE TABLE approval (
    id TEXT PRIMARY KEY, call TEXT NOT NULL, asked_at TEXT NOT NULL, expires_at TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE approval_answer (
    approval_id TEXT NOT NULL REFERENCES approval (id), approver TEXT NOT NULL, statement TEXT NOT NULL, signature TEXT NOT NULL,
    PRIMARY KEY (approval_id, approver)
  ) STRICT, WITHOUT ROWID;
  `,
];
