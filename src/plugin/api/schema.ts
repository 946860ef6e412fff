/** The values that a JSON Schema describes, as TypeScript types: for schemas that are written in the source. Types only. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The part of JSON Schema (draft-07) that types are made from; other keywords are allowed, and only narrow. */
export interface Schema {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

/** A schema of an object, as inputs and outputs of steps are. */
export interface ObjectSchema extends Schema {
  readonly type: 'object';
}

/** What a step is given: what has a default is always there. */
export type Given<S> = S extends { readonly properties: infer P }
  ? Shown<
      { readonly [K in keyof P as IsSure<S, P, K> extends true ? K : never]: Value<P[K]> } & {
        readonly [K in keyof P as IsSure<S, P, K> extends true ? never : K]?: Value<P[K]>;
      }
    >
  : { readonly [name: string]: Json };

type IsSure<S, P, K extends keyof P> =
  K extends RequiredOf<S> ? true : P[K] extends { readonly default: Json } ? true : false;

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

/** The value of a schema. */
export type Value<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer A)[] }
      ? Value<A>
      : S extends { readonly type: 'string' }
        ? string
        : S extends { readonly type: 'number' | 'integer' }
          ? number
          : S extends { readonly type: 'boolean' }
            ? boolean
            : S extends { readonly type: 'null' }
              ? null
              : S extends { readonly type: 'array'; readonly items: infer I }
                ? readonly Value<I>[]
                : S extends { readonly type: 'array' }
                  ? readonly Json[]
                  : S extends { readonly properties: infer P }
                    ? Shown<
                        { readonly [K in keyof P as K extends RequiredOf<S> ? K : never]: Value<P[K]> } & {
                          readonly [K in keyof P as K extends RequiredOf<S> ? never : K]?: Value<P[K]>;
                        }
                      >
                    : S extends { readonly type: 'object' }
                      ? { readonly [name: string]: Json }
                      : Json;

/** One object type instead of an intersection: what editors show. */
type Shown<T> = { [K in keyof T]: T[K] };
