import { variableName } from './fields.ts';
import { forbiddenVariable } from './names.ts';
import type { Reading } from './reading.ts';
import type { Path } from './yaml-file.ts';
