/**
 * Which bit each layer has, and what a rule adds to the matches that hold it.
 *
 * Layers of documents have bits 0 and up in the policy's order; credentials and Warder's own denies have one
 * each behind them, so that what base and libraries allow, all sixteen bits, is never reached by others.
 */
import { LIMITS } from '../../contract/limits.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import { layerName, type PolicyLayers } from '../../contract/policy.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { LayerMasks } from '../../kernel/policy-rows.ts';
import type { Contribution } from './rule-match.ts';

export const PROTECTED_LAYER = 'builtin:warder';
const ALL_LAYERS = 2 ** LIMITS.layerBits - 1;

export class LayerBits {
  readonly #policy: PolicyLayers;
  /** Layers of documents. */
  readonly #own: number;
  readonly #monitor: number;

  constructor(policy: PolicyLayers) {
    this.#policy = policy;
    this.#own = policy.layers.filter(({ builtin }) => !builtin).length;
    const all = (1 << this.#own) - 1;
    const monitor = policy.layers
      .slice(0, this.#own)
      .reduce((mask, { mode }, layer) => (mode === 'monitor' ? mask | (1 << layer) : mask), 0);
    // Built-in denies prevent as soon as one layer does.
    this.#monitor = monitor === all ? monitor | (0b11 << this.#own) : monitor;
  }

  get masks(): LayerMasks {
    const mask = (category: Category) =>
      this.having(category).reduce((bits, layer) => bits | (1 << layer), 0);
    const layers = Object.fromEntries(CATEGORIES.map((category) => [category, mask(category)]));
    return { layers: layers as Record<Category, number>, all: (1 << this.#own) - 1, monitor: this.#monitor };
  }

  get names(): string[] {
    return [
      ...this.#policy.layers.slice(0, this.#own).map(layerName),
      'builtin:credentials',
      PROTECTED_LAYER,
    ];
  }

  /** Layers of documents that have the category. */
  having(category: Category): number[] {
    return this.#policy.layers
      .slice(0, this.#own)
      .flatMap(({ categories }, layer) => (categories.has(category) ? [layer] : []));
  }

  isOwn(layer: number): boolean {
    return layer < this.#own;
  }

  of({ number, layer, rule }: NumberedRule): Contribution {
    if (layer >= this.#own && rule.effect === 'allow') {
      return { number, effect: 'allow', layers: ALL_LAYERS, monitored: false };
    }
    return this.#with(number, rule.effect, Math.min(layer, this.#own));
  }

  /** A deny for Warder's own files. */
  protecting(number: number): Contribution {
    return this.#with(number, 'deny', this.#own + 1);
  }

  /**
   * A deny to run what may be written. It counts for the layer that does not name the place, unless that one
   * enforces and the writing layer only monitors.
   */
  guarding(number: number, writing: number, layer: number): Contribution {
    const { layers } = this.#policy;
    const eased = layers[writing]!.mode === 'monitor' && layers[layer]!.mode === 'enforce';
    return this.#with(number, 'deny', eased ? writing : layer);
  }

  #with(number: number, effect: Contribution['effect'], bit: number): Contribution {
    return { number, effect, layers: 1 << bit, monitored: (this.#monitor & (1 << bit)) !== 0 };
  }
}
