// Loaded first in threads that run from TypeScript sources. A thread does not inherit tsx's hooks from the main
// thread, and `--import tsx` does not install them there.
import { register } from 'tsx/esm/api';

register();
