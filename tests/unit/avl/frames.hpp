// Frames as trackers and servers send them, and small ones to bend.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "server/avl/command.hpp"
#include "server/avl/record.hpp"
#include "server/base/bytes.hpp"

namespace avl::test {

// Published frames with their CRCs.
constexpr std::string_view codec8_hex =
    "000000000000003608010000016b40d8ea30010000000000000000000000000000000105021503010101425e0f01f10000601a014e00000000"
    "00000000010000c7cf";
constexpr std::string_view codec8e_hex =
    "000000000000004a8e010000016b412cee000100000000000000000000000000000000010005000100010100010011001d00010010015e2c88"
    "0002000b000000003544c87a000e000000001dd7e06a00000100002994";
constexpr std::string_view getinfo_hex = "000000000000000f0c010500000007676574696e666f0100004312";
constexpr std::string_view getinfo_reply_hex =
    "00000000000000370c01060000002f4449313a31204449323a30204449333a302041494e313a302041494e323a313639323420444f313a3020"
    "444f323a3101000066e3";
constexpr std::string_view photo_hex = "00000000000000120c01050000000a63616d7265713a312c310100005e60";
constexpr std::string_view video_hex =
    "00000000000000200c01050000001863616d7265713a302c312c313736333030303030302c3130010000d701";
constexpr std::string_view codec13_hex =
    "000000000000001d0d01060000001564e8328168656c6c6f206c65747320746573740d0a0100003548";
constexpr std::string_view codec14_hex = "000000000000001a0e010500000012035630704244101363616d7265713a312c31010000c8cc";
inline constexpr std::array all_frames_hex{codec8_hex, codec8e_hex, getinfo_hex, getinfo_reply_hex,
                                    photo_hex,  video_hex,   codec13_hex, codec14_hex};

constexpr std::string_view login_hex = "000f333536333037303432343431303133";
constexpr std::uint64_t imei_number = 356307042441013;

base::Bytes hex(std::string_view digits);
base::Bytes join(std::initializer_list<base::Bytes> parts);
base::Bytes payload_of(base::ByteView frame);  // of a good frame
base::Bytes framed(base::ByteView payload);    // with a right length and CRC, whatever is in it
base::Bytes reply(std::string_view text);      // Codec 12, framed

// `count` records of Codec 8 Extended with ignition and a value of variable length, framed.
base::Bytes records(std::size_t count);
std::vector<OutgoingRecord> outgoing(const Records& records);

}  // namespace avl::test
