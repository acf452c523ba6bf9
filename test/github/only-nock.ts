import { afterEach, beforeEach, expect } from '@jest/globals';
import nock from 'nock';

/** Lets each test of a `describe` ask nobody but nock, for all that it was told to expect. */
export function onlyNock(): void {
  beforeEach(() => {
    nock.disableNetConnect();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    nock.enableNetConnect();
    expect(pending).toEqual([]);
  });
}
