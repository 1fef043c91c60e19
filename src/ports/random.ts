import { randomBytes } from 'node:crypto';
import type { RandomPort } from '../sdk/index.ts';
import type { Behind } from './doors.ts';

export const random: Behind<RandomPort> = {
  id: async () => randomBytes(16).toString('hex'),
};
