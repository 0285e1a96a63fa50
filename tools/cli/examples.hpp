// What stands below the options of each command's --help.
#pragma once

namespace cli {

inline constexpr const char* sim_examples = R"(Examples:
  dualcam sim                                          one camera, two photos and a video, full speed
  dualcam sim --cameras 1000 --dialect mixed --faults all --ramp-up 10
  dualcam sim --cameras 10000 --photos 1 --videos 0 --rate 3.7KB/s --spread-sources --verify sha256
  dualcam sim --cameras 100 --photos 0 --videos 0 --avl 127.0.0.1:5027 --drive 600 --avl-refuse 0.1 --avl-silent 0.1
  dualcam sim --file holiday.jpg --server camera.example.com:7700 --tls --api https://camera.example.com

Faults: none, all, or some of corrupt, truncate, drop, stall, cut, abort, split, join, resync, early-sync, silent,
stray, read-error, short-path, abandon, deaf, with commas between them.

Exit codes: 0 every file is stored byte for byte; 1 the store is not what was sent; 2 wrong options, or server, API
or ffmpeg not usable; 3 not everything was delivered before the time limit or Ctrl-C.)";

inline constexpr const char* replay_examples = R"(Examples:
  dualcam replay session.pcapng                          what is in it: conversations, devices, files, damage
  dualcam replay session.pcapng --offline                every action of the server's core, without a server
  dualcam replay session.pcapng --offline --step         one after the other; s 12.5 goes to a time
  dualcam replay *.pcapng --offline --runs 100           are they always the same?
  dualcam replay before-upgrade/*.pcapng --diff          would today's server answer as the recorded one did?
  dualcam replay session.pcapng --extract files/         the files and metadata that it holds
  dualcam replay session.pcapng --to 127.0.0.1:7700 --avl-to 127.0.0.1:5027
  dualcam replay session.pcapng --to test.example.com:7700 --speed max --copies 500

Reads what dualcamd records (--record), tcpdump and Wireshark. Devices go on from what the capture knows of their files
where the server asks for something else than the recorded one did. docs/replay.md says how that works.

Exit codes: 0 good; 1 differences, something failed, or the capture is incomplete; 2 wrong options, or no capture.)";

inline constexpr const char* explain_examples = R"(Examples:
  dualcam explain session.bin                     a capture of one direction, or of both in order
  dualcam explain --hex "0000 0005 0001 440f 32b2 1735 4400 0400"
  xxd session.bin | dualcam explain - --json
  dualcam explain --from server requests.hex

Hex may have spaces, colons, 0x, comments after # and the offsets of a dump. Anything else is read as it is.

Exit codes: 0 everything is understood and fits; 1 there are problems in the bytes (bad CRC, lost framing, another
protocol on the port); 2 nothing to explain.)";

inline constexpr const char* verify_examples = R"(Examples:
  dualcam verify --objects file:/var/lib/dualcamd/objects       the whole store, every byte
  dualcam verify --objects 's3://bucket/prefix?endpoint=https://s3.example.com&region=eu-1' -j 16
  dualcam verify --objects file:var/objects --imei 356307042441013 --json
  dualcam verify --objects file:var/objects clip.mp4            is this what a camera sent?
  dualcam verify --segments evidence/ clip.mp4 --head 3f2a…     without the store: the segments are enough
  dualcam verify --objects file:var/objects --catalog sqlite:var/catalog.db   what is not sealed yet, too

Reads only, also while a server works with the store; keys of S3 as for dualcamd. docs/evidence.md says what is proven.

Exit codes: 0 proven; 1 broken, or a FILE is not known; 2 wrong options; 3 something could not be read.)";

inline constexpr const char* probe_examples = R"(Examples:
  dualcam probe clip.ptmf                   what is inside, and whether anything is missing
  dualcam probe *.h265 *.mp4 *.jpg          a line for each
  dualcam probe clip.ptmf --json | jq .files[0].probe.duration_s

The format is told from the bytes, never from the name. Files are taken apart in a sandbox (dualcam-transcode-job).

Exit codes: 0 every file is media and whole; 1 a file is damaged, or no media; 2 wrong options, or no worker to do it;
3 a file cannot be read.)";

inline constexpr const char* convert_examples = R"(Examples:
  dualcam convert clip.ptmf                            clip.mp4, H.264 and AAC: plays everywhere
  dualcam convert clip.ptmf holiday.mp4 --height 480 --crf 28
  dualcam convert clip.ptmf --copy                     the camera's own pictures, in an MP4: no quality lost, no time
  dualcam convert clip.ptmf --thumbnail clip.jpg       only a picture; with OUT, both

OUT appears when it is whole. Exit codes: 0 made; 1 FILE is no media, or nothing can be made of it; 2 wrong options, OUT
exists, or no worker to do it; 3 FILE cannot be read, or OUT not written.)";

inline constexpr const char* request_examples = R"(Examples:
  dualcam request 356307042441013 --video --at 2026-11-21T10:15:00Z --for 20s --both --wait
  dualcam request 356307042441013 --video --around 01a1fdfa-4601-704d-a810-7a28aa39292d --before 10s --after 5s
  dualcam request 356307042441013 --photo --rear
  dualcam request --list --state transferring
  dualcam request --watch 01a1fdfa-4601-704d-a810-7a28aa39292d
  dualcam request --cancel 01a1fdfa-4601-704d-a810-7a28aa39292d

Times are UTC unless they say a zone. A video of more than 30 s takes several commands, one after the other. The request
is the server's: it goes on when this program ends.

Exit codes: 0 stored, or done where nothing is waited for; 1 refused, expired, failed or cancelled, or the server will not
have it; 2 wrong options, or the server cannot be reached.)";

inline constexpr const char* completion_examples = R"(Examples:
  source <(dualcam completion bash)
  dualcam completion zsh > ~/.zfunc/_dualcam
  dualcam completion fish > ~/.config/fish/completions/dualcam.fish)";

inline constexpr const char* trigger_examples = R"(Examples:
  dualcam trigger edgertronic pitch_&T              fires every camera of the group, as their maker's script does
  dualcam trigger shogun start take_12 --path D:/Takes --to 10.0.0.9:30
  dualcam trigger listen shogun                     what the stage sends, and what is wrong with it
  dualcam trigger cameras                           how the relay's cameras are
  dualcam trigger send gate goto pan=100 tilt=60 --wait
  dualcam trigger disarm target gate --for 10m

edgertronic, shogun and listen work without a server; the others ask dualcamd's API.

Exit codes: 0 done; 1 the server will not have it, or it did not go well; 2 wrong options, or nothing can be sent, heard
or reached.)";

inline constexpr const char* edgertronic_examples = R"(Examples:
  dualcam trigger edgertronic                       the group 224.1.1.1:600, as cameras come
  dualcam trigger edgertronic 'pitch_&T' --interface eth0 --repeat 3
  dualcam trigger edgertronic --conf multicast-trigger.conf
  dualcam trigger edgertronic --address 239.1.2.3 --port 6600 --write-conf multicast-trigger.conf

NAME has 99 bytes at most; &T in it is the time, which the cameras put in. Cameras do not answer: dualcamd asks them
whether they fired, this does not.)";

inline constexpr const char* shogun_examples = R"(Examples:
  dualcam trigger shogun start take_12 --path D:/Takes --to 10.0.0.9:30
  dualcam trigger shogun stop take_12 --path D:/Takes --result success
  dualcam trigger shogun start walk --flavour optitrack --to 10.0.0.9:1510

Without --to it goes to everybody (255.255.255.255) on the port of the flavour.)";

inline constexpr const char* listen_examples = R"(Examples:
  dualcam trigger listen edgertronic                joins 224.1.1.1 and prints what is sent to port 600
  dualcam trigger listen shogun --port 6030 --count 1 --for 10s
  dualcam trigger listen edgertronic --json | jq -r .raw

Refused datagrams are printed with the reason. Ports below 1024 take a privilege: run it as root, or with
CAP_NET_BIND_SERVICE. Ends with Ctrl-C.)";

inline constexpr const char* watch_examples = R"(Examples:
  dualcam trigger watch
  dualcam trigger watch --topics trigger --json | jq -c '.data | [.endpoint, .kind, .outcome]'

With --json each event is a line {"id", "topic", "data"}. A connection that breaks is taken up where it broke; what the
server no longer has is told as a gap. Ends with Ctrl-C, or when the server is away for a minute.)";

inline constexpr const char* send_examples = R"(Examples:
  dualcam trigger send west trigger 'name=pitch_&T' --wait
  dualcam trigger send gate goto pan=100 tilt=60

dualcam trigger cameras --json shows what each target can be asked. With --wait exit code 1 says that it did not go well.)";

inline constexpr const char* event_example = R"(Example:
  dualcam trigger event shot name=pitch_12)";

inline constexpr const char* list_examples = R"(Examples:
  dualcam trigger list --out --outcome unconfirmed --from 2026-11-21T10:00:00Z
  dualcam trigger list --cause 01a1fdfa-4601-704d-a810-7a28aa39292d)";

inline constexpr const char* cameras_example = R"(Examples:
  dualcam trigger cameras --json
  dualcam trigger cameras --ready && echo "go"      before what happens once)";

inline constexpr const char* arm_examples = R"(Examples:
  dualcam trigger disarm                            everything
  dualcam trigger arm rule pitch
  dualcam trigger disarm target gate --for 10m      then it is armed again

Arming fires nothing that was heard before.)";

inline constexpr const char* rules_examples = R"(Examples:
  dualcam trigger rules --json | jq .rules > rules.json
  dualcam trigger rules --put rules.json            replaces those of the API; those of the file stay)";

inline constexpr const char* dry_run_examples = R"(Examples:
  dualcam trigger dry-run --hex 05AA9544 --endpoint field
  dualcam trigger dry-run --hex 05AA954470697463685f3100 --protocol edgertronic

Nothing is done.)";

inline constexpr const char* mavlink_examples = R"(Examples:
  dualcam mavlink list                              the cameras that speak to UDP port 14550 of this host
  dualcam mavlink shoot --to 10.0.0.7:14550         has the first camera there take an image
  dualcam mavlink watch --serial /dev/ttyACM0:57600

One of --listen, --to, --tcp and --serial is the way it goes. MAVLink without signatures knows no permission: whoever
reaches the port can fire the cameras, so it listens on this host alone unless you say so.

Exit codes: 0 done; 1 the camera refused, did not answer or told of no image, or it was interrupted; 2 no camera was found,
wrong options, or nothing can be sent or heard.)";

inline constexpr const char* mavlink_watch_examples = R"(Examples:
  dualcam mavlink watch --listen 0.0.0.0:14550
  dualcam mavlink watch --to 10.0.0.7 --message CAMERA_IMAGE_CAPTURED --message 112 --from 1/100
  dualcam mavlink watch --count 100 --json | jq -r 'select(.message == "COMMAND_ACK") | .fields.result'

Messages that are not known are printed by number; frames that are refused with the reason. At the end, also after Ctrl-C,
there is a line for each component: what was heard, and what was lost by the gaps of its sequence numbers. With --key-file
each frame is marked with what its signature is worth.)";

inline constexpr const char* mavlink_shoot_examples = R"(Examples:
  dualcam mavlink shoot --camera 1/100 --count 3
  dualcam mavlink shoot --to 10.0.0.7 --count 10 --interval 2s
  dualcam mavlink shoot --video 10s --json

It is a ground station (255/190) as QGroundControl is one; the camera says where each image is. Ctrl-C stops a recording or
a series before it ends.)";

inline constexpr const char* mavlink_list_examples = R"(Examples:
  dualcam mavlink list --wait 10s
  dualcam mavlink list --tcp 127.0.0.1:5760 --json | jq -r '.[].name')";

}  // namespace cli
