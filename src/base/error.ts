/**
 * The one error class: `code` for programs, `message` for people, `fix` for what to do next.
 *
 * Throw it for failures. A denial by policy is a value, never an error.
 */
export class WarderError extends Error {
  readonly code: string;
  readonly fix: string;

  /**
   * @param code    stable, upper case, area first: `KERNEL_NO_BTF`, `POLICY_INVALID`
   * @param message what failed and where, with the numbers; one sentence, no trailing full stop
   * @param fix     what to do about it, as an instruction
   */
  constructor(code: string, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WarderError';
    this.code = code;
    this.fix = fix;
  }
}
