// Messages that node-mavlink's definitions do not have. Written from the official XML's description of them.
export function define({MavLinkData, MavLinkPacketField}) {
  class CommandCancel extends MavLinkData {
    static MSG_ID = 80;
    static MSG_NAME = 'COMMAND_CANCEL';
    static PAYLOAD_LENGTH = 4;
    static MAGIC_NUMBER = 14;
    static FIELDS = [
      new MavLinkPacketField('command', 'command', 0, false, 2, 'uint16_t', ''),
      new MavLinkPacketField('target_system', 'targetSystem', 2, false, 1, 'uint8_t', ''),
      new MavLinkPacketField('target_component', 'targetComponent', 3, false, 1, 'uint8_t', ''),
    ];
  }
  return [CommandCancel];
}
