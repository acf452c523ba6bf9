import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { askGraphql } from '../../src/github/graphql.ts';
import { patientClient } from '../../src/github/patient-client.ts';
import { onlyNock } from './only-nock.ts';

const GITHUB = 'https://api.github.com';
const PATH = '/repos/acme/ops/issues/1/comments';
const LIMIT = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' };

describe('the client that asks with a token as it is', () => {
  onlyNock();

  const waited: number[] = [];
  let clients = 0;
  const client = () => {
    waited.length = 0;
    clients += 1;
    return patientClient({
      // Else each would wait until the calls of the one before are long enough ago.
      id: `test ${String(clients)}`,
      token: 'secret',
      apiUrl: undefined,
      waits: (seconds) => waited.push(seconds),
      secondMs: 1,
    });
  };
  const get = () => client().request(`GET ${PATH}`);
  const post = () => client().request(`POST ${PATH}`, { body: 'hello' });

  it('waits as long as GitHub asks for where it has met a secondary limit, and then asks again', async () => {
    nock(GITHUB).get(PATH).reply(403, LIMIT, { 'retry-after': '7' });
    nock(GITHUB).get(PATH).reply(429, LIMIT, { 'retry-after': '11' });
    nock(GITHUB).get(PATH).reply(200, []);
    expect(await get()).toMatchObject({ data: [] });
    expect(waited).toEqual([7, 11]);
  });

  it('gives up at the third limit', async () => {
    nock(GITHUB).get(PATH).times(3).reply(403, LIMIT, { 'retry-after': '7' });
    await expect(get()).rejects.toMatchObject({ status: 403 });
    expect(waited).toEqual([7, 7]);
  });

  it('waits for no limit that lasts longer than a person would', async () => {
    nock(GITHUB).get(PATH).reply(403, LIMIT, { 'retry-after': '61' });
    await expect(get()).rejects.toMatchObject({ status: 403 });
    const reset = String(Math.floor(Date.now() / 1000) + 3_000);
    const used = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    nock(GITHUB).get(PATH).reply(403, { message: 'API rate limit exceeded' }, used);
    await expect(get()).rejects.toMatchObject({ status: 403 });
    expect(waited).toEqual([]);
  });

  it('asks again where the hour is used up that is over soon', async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 20);
    const used = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    nock(GITHUB).get(PATH).reply(403, { message: 'API rate limit exceeded' }, used);
    nock(GITHUB).get(PATH).reply(200, []);
    expect(await get()).toMatchObject({ data: [] });
    expect(waited).toHaveLength(1);
  });

  it.each([500, 502, 503])('asks three times in all where GitHub fails with %d', async (status) => {
    nock(GITHUB).get(PATH).times(2).reply(status, 'bad');
    nock(GITHUB).get(PATH).reply(200, []);
    expect(await get()).toMatchObject({ data: [] });
    nock(GITHUB).get(PATH).times(3).reply(status, 'bad');
    await expect(get()).rejects.toMatchObject({ status });
  });

  it.each([401, 403, 404, 422])('asks once where GitHub says no with %d', async (status) => {
    nock(GITHUB).get(PATH).reply(status, { message: 'no' });
    await expect(get()).rejects.toMatchObject({ status });
  });

  it('asks GraphQL again only where a limit was in the way', async () => {
    const limited = { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] };
    const reset = String(Math.floor(Date.now() / 1000) + 20);
    const used = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    nock(GITHUB).post('/graphql').reply(200, limited, used);
    nock(GITHUB)
      .post('/graphql')
      .reply(200, { data: { a: 1 } });
    expect(await askGraphql(client(), 'query', {})).toEqual({ a: 1 });
    expect(waited).toHaveLength(1);
    const later = { ...used, 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3_000) };
    nock(GITHUB).post('/graphql').reply(200, limited, later);
    await expect(askGraphql(client(), 'query', {})).rejects.toMatchObject({
      status: 429,
      response: { headers: { 'x-ratelimit-remaining': '0' } },
    });
    const failed = { errors: [{ message: 'Something went wrong while executing your query.' }] };
    nock(GITHUB).post('/graphql').reply(200, failed);
    await expect(askGraphql(client(), 'mutation', {})).rejects.toThrow('Something went wrong');
    nock(GITHUB).post('/graphql').reply(502, 'bad');
    await expect(askGraphql(client(), 'mutation', {})).rejects.toMatchObject({ status: 502 });
  });

  it('finds GraphQL beside the REST API of a GitHub Enterprise Server', async () => {
    const there = patientClient({ token: 'secret', apiUrl: 'https://github.example.com/api/v3/', secondMs: 1 });
    nock('https://github.example.com')
      .post('/api/graphql')
      .reply(200, { data: { a: 1 } });
    expect(await askGraphql(there, 'query', {})).toEqual({ a: 1 });
  });

  it.each(['POST', 'PATCH'])('does not %s twice where that may have been carried out', async (method) => {
    nock(GITHUB).intercept(PATH, method).reply(502, 'bad');
    await expect(client().request(`${method} ${PATH}`)).rejects.toMatchObject({ status: 502 });
  });

  it('writes again after a limit, which GitHub has refused, and once', async () => {
    nock(GITHUB).post(PATH).reply(403, LIMIT, { 'retry-after': '7' });
    nock(GITHUB).post(PATH).reply(201, { id: 1 });
    expect(await post()).toMatchObject({ data: { id: 1 } });
    expect(waited).toEqual([7]);
  });

  it('says who it is, at the address that is given', async () => {
    const reqheaders = { authorization: 'token secret' };
    nock('https://github.example.com', { reqheaders }).get(`/api/v3${PATH}`).reply(200, []);
    const there = patientClient({ token: 'secret', apiUrl: 'https://github.example.com/api/v3/' });
    expect(await there.request(`GET ${PATH}`)).toMatchObject({ data: [] });
  });
});
