import { expect, test } from 'vitest';
import { pathOf, rootWith } from '../../../src/audit/proof.ts';
import { leafOf, treeFrom } from '../../../src/audit/tree.ts';

// The leaves and roots that implementations of RFC 6962 have shared since Certificate Transparency's own.
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the tree is the one of RFC 6962', () => {
  const tree = treeFrom();
  const grown = [tree.root];
  for (const leaf of leaves) {
    tree.add(Buffer.from(leaf, 'hex'));
    grown.push(tree.root);
  }
  expect(grown).toEqual(roots);
});

test('a tree goes on from its edge as if it had never stopped', () => {
  const lines = Array.from({ length: 70 }, (_, nth) => `line ${nth}`);
  const whole = treeFrom();
  for (const line of lines) {
    const { root } = whole;
    expect(treeFrom(whole.size, whole.edge).root).toBe(root);
    const resumed = treeFrom(whole.size, whole.edge);
    whole.add(line);
    resumed.add(line);
    expect(resumed).toMatchObject({ size: whole.size, root: whole.root, edge: whole.edge });
  }
  expect(() => treeFrom(5, whole.edge.slice(0, 1))).toThrow(RangeError);
});

test('every line of every tree has a path to its root, and to no other place in it', () => {
  const lines = Array.from({ length: 33 }, (_, nth) => `line ${nth}`);
  const tree = treeFrom();
  for (const [at, line] of lines.entries()) {
    tree.add(line);
    const size = at + 1;
    const hashed = lines.slice(0, size).map(leafOf);
    for (let index = 0; index < size; index += 1) {
      const path = pathOf(hashed, index);
      expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      expect(rootWith(`line ${index}`, index, size, path)).toBe(tree.root);
      expect(rootWith(`line ${index}x`, index, size, path)).not.toBe(tree.root);
      expect(() => rootWith(`line ${index}`, index, size, [...path, tree.root])).toThrow('is not one of a tree');
      if (size > 1 && index > 0) expect(rootOrNone(`line ${index}`, index - 1, size, path)).not.toBe(tree.root);
    }
  }
  expect(() => rootWith('x', 5, 5, [])).toThrow('is not one of a tree');
});

function rootOrNone(line: string, index: number, size: number, path: readonly string[]): string | undefined {
  try {
    return rootWith(line, index, size, path);
  } catch {
    return undefined;
  }
}
