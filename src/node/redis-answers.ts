import { StoreError } from '../errors.js';
import { randomName } from './redis-snapshots.js';

/** One connection of node-redis. */
interface Connection<O> {
  readonly isReady?: boolean;
  sendCommand(args: string[], options: O): Promise<unknown>;
}

export interface AnswersParts<O> {
  /** Those that commands go by. */
  readonly connections: () => Promise<readonly Connection<O>[]>;
  /** What each command is sent with. */
  readonly options: O;
}

/** Whether what a client answers belongs to what it was asked. */
export interface Answers {
  /** An error has come that no command was told of, and its connection stands. */
  doubt(): void;
  /** What `send` answers, once no doubt of it is left. */
  of<T>(send: () => Promise<T>): Promise<T>;
}

/** Ms for a connection to prove that it is sound. */
const PATIENCE = 1_000;

/**
 * When node-redis cannot read what it was sent it says so, forgets it, and goes on with the connection (seen in 6.3):
 * from then on each answer may be that to an earlier question. An invalidation would be told done that was not, and a
 * reader another key's value. So a connection in doubt is asked for something that only it can know, and one that does
 * not answer that is closed, by the server, so that the client makes another in its own way.
 */
export function createAnswers<O>({ connections, options }: AnswersParts<O>): Answers {
  let doubts = 0;
  let settled = 0;
  let checking: Promise<void> | undefined;

  const isSound = async (connection: Connection<O>): Promise<boolean> => {
    const name = randomName();
    const late = new Promise((resolve) => void setTimeout(resolve, PATIENCE).unref());
    const answer = await Promise.race([connection.sendCommand(['PING', name], options), late]).catch(() => undefined);
    if (answer === name) return true;
    connection.sendCommand(['QUIT'], options).catch(() => {});
    return false;
  };

  const check = async (): Promise<void> => {
    const began = doubts;
    const open = (await connections()).filter(({ isReady }) => isReady !== false);
    const sound = await Promise.all(open.map(isSound));
    if (!sound.every(Boolean)) throw new StoreError('redis', 'PING', 'the connection mixes up its answers');
    settled = began;
  };

  const proof = (): Promise<void> => {
    checking ??= check().finally(() => {
      checking = undefined;
    });
    return checking;
  };

  return {
    doubt() {
      doubts++;
    },
    async of(send) {
      if (settled !== doubts) await proof();
      const before = doubts;
      const answer = await send();
      if (before !== doubts) await proof();
      return answer;
    },
  };
}
