"""What others send who speak like a Vicon stage: one template per program and kind, exact bytes.

{name} {notes} {description} {path} {delay} {id} {result} {timecode} are filled in as they are, unescaped.
"""
from shogun_wire import DECLARATION

XML = DECLARATION
SHORT = '<?xml version="1.0" encoding="UTF-8"?>'

FLAVOURS = {
    # Vicon's sample sender: indented, no RESULT, no Delay in the stop
    "vicon-sample": {
        "start": XML + '\n<CaptureStart>\n  <Name VALUE="{name}"/>\n  <Notes VALUE="{notes}"/>\n'
                 '  <Description VALUE="{description}"/>\n  <DatabasePath VALUE="{path}"/>\n  <Delay VALUE="{delay}"/>\n'
                 '  <PacketID VALUE="{id}"/>\n</CaptureStart>\n\0',
        "stop": XML + '\n<CaptureStop>\n  <Name VALUE="{name}"/>\n  <DatabasePath VALUE="{path}"/>\n'
                '  <PacketID VALUE="{id}"/>\n</CaptureStop>\n\0',
    },
    "bob-robotics": {
        "start": XML + '<CaptureStart><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></CaptureStart>',
        "stop": XML + '<CaptureStop RESULT="{result}"><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/>'
                '<PacketID VALUE="{id}"/></CaptureStop>',
    },
    # indents without newlines, nothing escaped, no NUL
    "vp-datawrangler": {
        "start": XML + '<CaptureStart>  <Name VALUE="{name}"/>  <Notes VALUE="{notes}"/>  <Description VALUE="{description}"/>'
                 '  <DatabasePath VALUE="{path}"/>  <Delay VALUE="{delay}"/>  <PacketID VALUE="{id}"/></CaptureStart>',
        "stop": XML + '<CaptureStop RESULT="{result}">  <Name VALUE="{name}"/>  <DatabasePath VALUE="{path}"/>'
                '  <Delay VALUE="{delay}"/>  <PacketID VALUE="{id}"/></CaptureStop>',
    },
    "peel": {
        "start": '<CaptureStart><Name VALUE="{name}"/><Notes VALUE="{notes}"/><Description VALUE="{description}"/>'
                 '<Delay VALUE="33"/><PacketID VALUE="{id}"/></CaptureStart>',
        "stop": '<CaptureStop RESULT="{result}"><Name VALUE="{name}"/><Delay VALUE="33"/><PacketID VALUE="{id}"/></CaptureStop>',
    },
    "manus": {
        "start": XML + '<CaptureStart><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/></CaptureStart>',
        "stop": XML + '<CaptureStop><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/></CaptureStop>',
    },
    "stretchsense": {
        "start": XML + '<CaptureStart><Name VALUE="{name}"/></CaptureStart>',
        "stop": XML + '<CaptureStop><Name VALUE="{name}"/></CaptureStop>',
    },
    "nokov": {
        "start": XML + '<CaptureStart><Name VALUE="{name}"/><SessionName VALUE="session"/><Notes VALUE="{notes}"/>'
                 '<Description VALUE="NULL"/><DatabasePath VALUE="{path}"/><Delay VALUE="Reserved"/>'
                 '<PacketID VALUE="0"/></CaptureStart>\0',
        "stop": XML + '<CaptureStop><Name VALUE="{name}"/><Notes VALUE="{notes}"/><Description VALUE="NULL"/>'
                '<DatabasePath VALUE="{path}"/><Delay VALUE="Reserved"/><PacketID VALUE="0"/></CaptureStop>\0',
    },
    "rokoko": {
        "start": '<CaptureStart><Name VALUE="{name}"/><TimeCode VALUE="00:00:00:00"/><SetActiveClip VALUE="True"/>'
                 '<ProcessID VALUE="4711"/></CaptureStart>',
        "stop": '<CaptureStop><Name VALUE="{name}"/><TimeCode VALUE="00:00:00:00"/><SetActiveClip VALUE="True"/>'
                '<ProcessID VALUE="4711"/></CaptureStop>',
    },
    "optitrack": {
        "start": XML + '<CaptureStart><Name VALUE="{name}"/><SessionName VALUE="session"/><Notes VALUE="{notes}"/>'
                 '<Assets VALUE=""/><Description VALUE="{description}"/><DatabasePath VALUE="{path}"/>'
                 '<TimeCode VALUE="12:13:14:15"/><PacketID VALUE="0"/><HostName VALUE="stage"/>'
                 '<ProcessID VALUE="4711"/></CaptureStart>\0',
        "stop": XML + '<CaptureStop><Name VALUE="{name}"/><Notes VALUE="{notes}"/><Assets VALUE=""/>'
                '<TimeCode VALUE="12:13:20:00"/><HostName VALUE="stage"/><ProcessID VALUE="4711"/></CaptureStop>\0',
    },
    # 2014: three bytes of junk behind the NUL (4 + strlen)
    "optitrack-2014": {
        "start": XML + '<CaptureStart><TimeCode VALUE="12 13 14 15 0 0 1 1"/><Name VALUE="{name}"/><Notes VALUE=""/>'
                 '<Description VALUE=""/><DatabasePath VALUE="{path}"/><PacketID VALUE="0"/>'
                 '<ProcessID VALUE="4711"/></CaptureStart>\0\x7f</',
        "stop": XML + '<CaptureStop><TimeCode VALUE=""/><Name VALUE="{name}"/><Notes VALUE=""/><Description VALUE=""/>'
                '<DatabasePath VALUE="{path}"/><PacketID VALUE="0"/><ProcessID VALUE="4711"/></CaptureStop>\0\x7f</',
    },
    "optitrack-bare": {"stop": "<CaptureStop/>"},
    "qtm": {
        "start": SHORT + '<CaptureStart><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/><Delay VALUE="{delay}"/>'
                 '<PacketID VALUE="{id}"/><HostName VALUE="stage"/><ProcessID VALUE="4711"/><Notes VALUE="{notes}"/>'
                 '<Description VALUE="{description}"/><Timecode VALUE="{timecode}"/></CaptureStart>\0',
        "stop": SHORT + '<CaptureStop RESULT="{result}"><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/>'
                '<Delay VALUE="{delay}"/><PacketID VALUE="{id}"/><HostName VALUE="stage"/><ProcessID VALUE="4711"/></CaptureStop>\0',
    },
    "xsens": {
        "start": '<CaptureStart><TimeCode VALUE="12 13 14"/><Notes>{notes}</Notes></CaptureStart>',
        "stop": '<CaptureStop><TimeCode VALUE="12 13 20"/></CaptureStop>',
        "name": '<CaptureName><Name VALUE="{name}"/><Take VALUE="001"/></CaptureName>',
        "request_start": '<StartRecordingReq SessionName="{name}" Description="{description}"/>',
        "request_stop": "<StopRecordingReq/>",
        "identify": "<IdentifyReq/>",
        "ack_start": '<StartRecordingAck Result="TRUE" Reason=""/>',
        "ack_stop": '<StopRecordingAck Result="TRUE" Reason=""/>',
    },
    # a declaration no parser of XML takes, padded with spaces to 500 bytes
    "unity": {
        "start": '<?xml version="1.0" encoding="UTF - 8" standalone="no"?><CaptureStart><Name VALUE="{name}"/>'
                 '<DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></CaptureStart>',
        "stop": '<?xml version="1.0" encoding="UTF - 8" standalone="no"?><CaptureStop RESULT="{result}"><Name VALUE="{name}"/>'
                '<DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></CaptureStop>',
    },
    "leading-newline": {
        "start": "\n" + XML + '<CaptureStart><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></CaptureStart>',
        "stop": "\n" + XML + '<CaptureStop><Name VALUE="{name}"/><DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></CaptureStop>',
    },
    # roots that the broadcasts of other versions may have
    "alias-roots": {
        "timecode_start": XML + '<TimecodeStart><TimeCode VALUE="{timecode}"/><Name VALUE="{name}"/>'
                          '<DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></TimecodeStart>\0',
        "timecode_stop": XML + '<CaptureTimecodeStop><TimeCode VALUE="{timecode}"/><Name VALUE="{name}"/>'
                         '<DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></CaptureTimecodeStop>\0',
        "duration": XML + '<DurationStop><Duration FRAMES="12867" PERIOD="32865" TICKS="5553087"/><Name VALUE="{name}"/>'
                    '<DatabasePath VALUE="{path}"/><PacketID VALUE="{id}"/></DurationStop>\0',
    },
}


def render(template, values):
    """Only the known places are filled in: XML has no braces, but raw templates may."""
    for key, value in values.items():
        template = template.replace("{" + key + "}", str(value))
    return template.encode()


def flavoured(flavour, kind, values):
    datagram = render(FLAVOURS[flavour][kind], values)
    return datagram.ljust(500, b" ") if flavour == "unity" else datagram
