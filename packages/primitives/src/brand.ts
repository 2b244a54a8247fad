/** A number or string that only one place may make, so that whoever holds it need not check it again. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

declare const brand: unique symbol
