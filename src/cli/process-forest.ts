/**
 * Process nodes put under their parents; those whose parent is not of the run stand at the top.
 *
 * In:  nodes in the order in which they were first seen. A parent that is its own descendant (no runtime says
 *      so) is cut off and stands at the top: the result is always a forest with every node once.
 */
import type { ProcessNode } from '../contract/messages.ts';

export interface TreeNode {
  process: ProcessNode;
  children: TreeNode[];
}

export function processForest(processes: readonly ProcessNode[]): TreeNode[] {
  const nodes = new Map<string, TreeNode>();
  for (const process of processes) nodes.set(process.execId ?? '', { process, children: [] });
  const top: TreeNode[] = [];
  const placed = new Set<TreeNode>();
  for (const node of nodes.values()) {
    const parent = nodes.get(node.process.parentExecId ?? '');
    if (parent && parent !== node) parent.children.push(node);
    else top.push(node);
  }
  const visit = (roots: readonly TreeNode[]): void => {
    const waiting = [...roots];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (placed.has(node)) continue;
      placed.add(node);
      node.children = node.children.filter((child) => !placed.has(child));
      waiting.push(...node.children);
    }
  };
  visit(top);
  for (const node of nodes.values()) {
    if (placed.has(node)) continue;
    top.push(node);
    visit([node]);
  }
  return top;
}
