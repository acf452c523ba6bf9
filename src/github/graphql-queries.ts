/** The very texts that GitHub's GraphQL API is asked with. A test holds them against its schema. */

/** Files of a branch, all in one commit, made only where the branch is at the commit that is expected. */
export const COMMIT_MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit {
      oid
    }
  }
}`;

/** Texts of blobs, each under its id with a \`b\` before it. */
export const blobsQuery = (blobs: readonly string[]): string => `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
${blobs.map(aliased).join('\n')}
  }
}`;

function aliased(blob: string): string {
  if (!/^[0-9a-f]{40,64}$/.test(blob)) throw new Error(`${blob} is no id of a git object.`);
  return `    b${blob}: object(oid: "${blob}") { ... on Blob { text isTruncated } }`;
}
