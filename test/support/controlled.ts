/** A loader whose loads end when the test says so: one answer per load, in their order. */
export function controlled<V>() {
  const answers: { resolve: (value: V) => void; reject: (error: unknown) => void }[] = [];
  return {
    answers,
    loader: () => new Promise<V>((resolve, reject) => void answers.push({ resolve, reject })),
  };
}
