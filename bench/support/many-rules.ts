const actions = ['create', 'inspect', 'start', 'stop', 'cut', 'destroy', 'crash', 'exec', 'handle'];

/** A policy of about so many rules in roles of ten, on two types each, that tell apart projects, owners, tags and providers. */
export function manyRules(count: number): string {
  const roles = Array.from({ length: Math.ceil(count / 10) }, (_, role) => roleOf(role));
  const bindings = roles.map((_, role) => `  - { role: r${role}, groups: [g${role}], users: [u${role}] }`);
  return ['version: 1', 'roles:', ...roles, 'bindings:', ...bindings, "  - { role: r0, users: ['*'] }"].join('\n');
}

const roleOf = (role: number): string =>
  [
    `  r${role}:`,
    ...(role > 1 ? [`    include: [r${role - 1}]`] : []),
    '    allow:',
    ...[0, 1, 2, 3, 4].map((rule) => line(role, rule, '')),
    '    deny:',
    ...[5, 6, 7].map((rule) => line(role, rule, ', reason: No.')),
    '    confirm:',
    ...[8, 9].map((rule) => line(role, rule, ', level: ack')),
  ].join('\n');

function line(role: number, rule: number, more: string): string {
  const at = role * 10 + rule;
  const named = [0, 1, 2].map((step) => actions[(at + step * 4) % actions.length]).join(', ');
  const where = [
    `project: ${rule % 3 === 0 ? `{ ne: p${at % 7} }` : `p${at % 7}`}`,
    ...(rule % 2 === 0 ? ['owner: $me'] : [`owner: { in: [u${at % 5}, u${(at + 1) % 5}] }`]),
    ...(rule % 4 === 0 ? ['protected: false'] : []),
    ...(rule % 5 === 1 ? [`tag:t${at % 6}: true`] : []),
    ...(rule % 5 === 2 ? [`provider: h${at % 3}`] : []),
  ];
  return `      - { id: x${at}, actions: [${named}], on: [vm, cluster], where: { ${where.join(', ')} }${more} }`;
}
