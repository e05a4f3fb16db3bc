/** An error with an identifier that stays the same, for programs, and a message in plain English, for people. */
export class MienError extends Error {
  constructor(id, message, options) {
    super(message, options);
    this.name = "MienError";
    this.id = id;
  }
}
