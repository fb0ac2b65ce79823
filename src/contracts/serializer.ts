/** Turns values into text and back, for stores that keep text. What is read back is deep-equal to what was written. */
export interface Serializer {
  /** @throws if the value has parts that cannot be written, such as functions */
  serialize(value: unknown): string;
  /** @throws if the text is not what `serialize` wrote */
  deserialize(text: string): unknown;
}
