/**
 * Numbers as Java reads and writes them, which is how Kafka's ConfigDef does it: Long.parseLong, Double.parseDouble and
 * Double.toString. Digits of other scripts, which Java takes too, are none here.
 */

/** A decimal integer with an optional sign; undefined for any other text. At most 19 digits count: no 64-bit number has more. */
export function parseInteger(text: string): bigint | undefined {
  const match = /^([+-]?)0*([0-9]{1,19})$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = ''] = match;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?=[fFdD]?$)/;
// JavaScript has no such literal. 14 digits are what a double holds; more of them are refused rather than rounded.
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]{0,14})\.?([0-9a-fA-F]{0,14})[pP]([+-]?[0-9]{1,5})[fFdD]?$/;
const NO_NUMBER = /^([+-]?)(NaN|Infinity)$/;

/** Decimal or hexadecimal, with an exponent, a suffix f or d, NaN and Infinity; undefined for any other text. */
export function parseDouble(text: string): number | undefined {
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return Number(decimal[0]);
  const named = NO_NUMBER.exec(text);
  if (named !== null) return named[1] === '-' ? -Number(named[2]) : Number(named[2]);
  return parseHexadecimal(text);
}

function parseHexadecimal(text: string): number | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = ''] = HEXADECIMAL.exec(text) ?? [];
  if (whole + fraction === '' || (whole + fraction).length > 14) return undefined;
  const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}

/** `0.5`, `1.0`, `1.0E-5`: always with a fraction, with an exponent below 10^-3 and from 10^7 on. */
export function printDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${withFraction(digits)}E${exponent.replace('+', '')}`;
  }
  return `${Object.is(value, -0) ? '-' : ''}${withFraction(String(value))}`;
}

const withFraction = (digits: string): string => (digits.includes('.') ? digits : `${digits}.0`);
