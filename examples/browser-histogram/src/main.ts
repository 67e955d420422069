import { serve } from './serve.ts';

const { url } = await serve(Number(process.env.PORT ?? 8080));
console.log(`open ${url}`);
