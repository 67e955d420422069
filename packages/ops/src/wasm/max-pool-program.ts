import { f32, f32x4, i32, type WasmProgram } from './assembler.ts';

/**
 * `maxPoolGradient(x, dx, y, dy, images, imageBytes, pooledBytes, taps, tapCount, channelBytes)`: one window of every
 * image. x and dx are images, y and dy point at the pooled position; taps are byte offsets into the image. dy goes to
 * the first tap that holds the maximum.
 */
export function addMaxPoolGradient(program: WasmProgram): void {
  program.function('maxPoolGradient', new Array(10).fill('i32'), (f) => {
    const [x, dx, y, dy, images, imageBytes, pooledBytes, taps, tapCount, channelBytes] = f.parameters;
    const channel = f.local();
    const tap = f.local();
    const place = f.local();
    const claimed = f.local();
    const claims = f.local('v128');
    const match = f.local('v128');
    const eachTap = (body: () => void) =>
      f.for(tap, 0, tapCount, 1, () => {
        f.set(place, i32.add(channel, i32.load(i32.add(taps, i32.shl(tap, 2)))));
        body();
      });
    f.while(
      () => images,
      () => {
        f.set(channel, 0);
        f.while(
          () => i32.le(i32.add(channel, 16), channelBytes),
          () => {
            f.set(claims, f32x4.zero);
            eachTap(() => {
              const equal = f32x4.eq(f32x4.load(i32.add(x, place)), f32x4.load(i32.add(y, channel)));
              f.set(match, f32x4.without(equal, claims));
              f.set(claims, f32x4.or(claims, match));
              const at = i32.add(dx, place);
              const share = f32x4.and(match, f32x4.load(i32.add(dy, channel)));
              f.run(f32x4.store(at, f32x4.add(f32x4.load(at), share)));
            });
            f.increase(channel, 16);
          },
        );
        f.while(
          () => i32.lt(channel, channelBytes),
          () => {
            f.set(claimed, 0);
            eachTap(() => {
              const equal = f32.eq(f32.load(i32.add(x, place)), f32.load(i32.add(y, channel)));
              f.if(i32.and(equal, i32.isZero(claimed)), () => {
                f.set(claimed, 1);
                const at = i32.add(dx, place);
                f.run(f32.store(at, f32.add(f32.load(at), f32.load(i32.add(dy, channel)))));
              });
            });
            f.increase(channel, 4);
          },
        );
        f.increase(x, imageBytes);
        f.increase(dx, imageBytes);
        f.increase(y, pooledBytes);
        f.increase(dy, pooledBytes);
        f.set(images, i32.sub(images, 1));
      },
    );
  });
}
