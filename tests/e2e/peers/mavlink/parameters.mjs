// Extended parameters: values in 128 raw bytes, what a camera keeps of them, and the camera definition file of them.
export const ACCEPTED = 0, VALUE_UNSUPPORTED = 1, FAILED = 2, IN_PROGRESS = 3;  // PARAM_ACK
const CUSTOM = 11;
const SIZE = 128;

// MAV_PARAM_EXT_TYPE: name in definition files, length, writer and reader of Buffer.
const TYPES = {
  1: ['uint8', 1, 'UInt8'], 2: ['int8', 1, 'Int8'], 3: ['uint16', 2, 'UInt16LE'], 4: ['int16', 2, 'Int16LE'],
  5: ['uint32', 4, 'UInt32LE'], 6: ['int32', 4, 'Int32LE'], 7: ['uint64', 8, 'BigUInt64LE'],
  8: ['int64', 8, 'BigInt64LE'], 9: ['float', 4, 'FloatLE'], 10: ['double', 8, 'DoubleLE'], [CUSTOM]: ['custom', SIZE],
};

export function to_bytes(type, value) {
  const bytes = Buffer.alloc(SIZE), known = TYPES[type];
  if (!known) throw new Error(`parameter type ${type}: no such type`);
  if (type === CUSTOM) bytes.write(String(value));
  else bytes[`write${known[2]}`](known[2].startsWith('Big') ? BigInt(value) : Number(value), 0);
  return bytes;
}

export function from_bytes(type, bytes) {
  const known = TYPES[type];
  if (!known) return null;
  if (type === CUSTOM) return bytes.toString('utf8').replace(/\0.*$/s, '');
  const value = bytes[`read${known[2]}`](0);
  return typeof value === 'bigint' ? Number(value) : value;
}

// One of each shape: an enumeration, a range, a float, a text and one that cannot be changed.
const made = () => [
  {name: 'CAM_WBMODE', type: 5, value: 0, allowed: [0, 1, 2]},
  {name: 'CAM_ISO', type: 3, value: 100, allowed: [100, 200, 400, 65280]},
  {name: 'CAM_EV', type: 9, value: 0, least: -3, most: 3},
  {name: 'CAM_OFFSET', type: 6, value: -5, least: -100, most: 100},
  {name: 'CAM_TITLE', type: CUSTOM, value: 'front'},
  {name: 'CAM_SERIAL', type: 5, value: 256, fixed: true},
];

export class Parameters {
  constructor() {
    this.all = made();
  }

  reset() {
    this.all = made();
  }

  find({param_id, param_index}) {
    return param_id === '' || (param_id === undefined && param_index >= 0)
      ? this.all[param_index] : this.all.find(({name}) => name === param_id) ?? this.all[param_index];
  }

  message(one) {
    return {param_count: this.all.length, param_index: this.all.indexOf(one), param_id: one.name,
            param_value: to_bytes(one.type, one.value), param_type: one.type};
  }

  // The fields of the PARAM_EXT_ACK: with the value that holds now.
  set({param_id, param_value, param_type}) {
    const one = this.all.find(({name}) => name === param_id);
    const answer = (param_result) => ({param_id, param_value: one ? to_bytes(one.type, one.value) : param_value,
                                       param_type: one?.type ?? param_type, param_result});
    if (!one || one.type !== param_type || one.fixed) return answer(FAILED);
    const value = from_bytes(param_type, param_value);
    const fits = one.allowed ? one.allowed.includes(value)
      : one.least === undefined || (value >= one.least && value <= one.most);
    if (!fits) return answer(VALUE_UNSUPPORTED);
    one.value = value;
    return answer(ACCEPTED);
  }

  definition({vendor, model, version}) {
    const parameters = this.all.map((one) => {
      const limits = one.allowed ? '' : ` min="${one.least ?? 0}" max="${one.most ?? 0}"`;
      const options = (one.allowed ?? []).map((value) => `<option name="${value}" value="${value}"/>`).join('');
      return `    <parameter name="${one.name}" type="${TYPES[one.type][0]}" default="${one.value}"${limits}` +
        `${one.fixed ? ' readonly="1"' : ''}><description>${one.name}</description>` +
        `${options && `<options>${options}</options>`}</parameter>\n`;
    });
    return '<?xml version="1.0" encoding="UTF-8"?>\n<mavlinkcamera>\n' +
      `  <definition version="${version}"><model>${model}</model><vendor>${vendor}</vendor></definition>\n` +
      `  <parameters>\n${parameters.join('')}  </parameters>\n</mavlinkcamera>\n`;
  }
}
