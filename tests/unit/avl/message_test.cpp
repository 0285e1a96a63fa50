// Commands and replies, the UDP channel, camera requests and what trackers answer to them.
#include <gtest/gtest.h>

#include "server/avl/camera_request.hpp"
#include "server/avl/command.hpp"
#include "server/avl/datagram.hpp"
#include "server/avl/foreign.hpp"
#include "tests/unit/avl/frames.hpp"

namespace avl {
namespace {

using base::Bytes;
using base::ByteView;
using test::hex;
using test::payload_of;

std::string refusal(ByteView payload) {
  const auto message = decode_message(payload);
  return message ? "" : message.error().message;
}

// ---- Codec 12, 13, 14.

TEST(Messages, PublishedFramesBothWays) {
  struct Row {
    std::string_view frame;
    MessageType type;
    std::string_view text;
  };
  for (const Row& row :
       {Row{test::getinfo_hex, MessageType::command, "getinfo"},
        Row{test::getinfo_reply_hex, MessageType::reply, "DI1:1 DI2:0 DI3:0 AIN1:0 AIN2:16924 DO1:0 DO2:1"},
        Row{test::photo_hex, MessageType::command, "camreq:1,1"},
        Row{test::video_hex, MessageType::command, "camreq:0,1,1763000000,10"},
        Row{test::codec13_hex, MessageType::reply, "hello lets test\r\n"},
        Row{test::codec14_hex, MessageType::command, "camreq:1,1"}}) {
    const auto message = decode_message(payload_of(hex(row.frame)));
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->type, row.type);
    EXPECT_EQ(message->text, row.text);
    EXPECT_EQ(message->time.has_value(), message->codec == Codec::codec13);
    EXPECT_EQ(message->imei.has_value(), message->codec == Codec::codec14);
    EXPECT_EQ(base::to_hex(test::framed(encode_message(*message).value())), row.frame);
  }
  EXPECT_EQ(base::to_iso8601(*decode_message(payload_of(hex(test::codec13_hex)))->time), "2023-08-25T04:48:01.000Z");
  EXPECT_EQ(decode_message(payload_of(hex(test::codec14_hex)))->imei->number(), test::imei_number);
}

TEST(Messages, ANackHasNoText) {
  const auto imei = base::Imei::from_number(test::imei_number);
  const Message nack{.codec = Codec::codec14, .type = MessageType::nack, .imei = imei};
  const Bytes payload = encode_message(nack).value();
  EXPECT_EQ(base::to_hex(payload), "0e011100000008035630704244101301");
  const auto read = decode_message(payload);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->type, MessageType::nack);
  EXPECT_EQ(read->imei, imei);
  EXPECT_EQ(read->text, "");
}

TEST(Messages, NoShorterOneIsTaken) {
  for (const std::string_view frame : {test::getinfo_hex, test::codec13_hex, test::codec14_hex}) {
    const Bytes payload = payload_of(hex(frame));
    for (std::size_t size = 0; size < payload.size(); ++size) {
      Bytes cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_NE(refusal(cut), "") << size;
      if (size < 2) continue;
      cut.back() = 1;
      EXPECT_NE(refusal(cut), "") << size;
    }
  }
}

TEST(Messages, TheSizeOfCodec13MayLeaveTheTimeOut) {
  Bytes payload = payload_of(hex(test::codec13_hex));
  payload[6] = static_cast<std::uint8_t>(payload[6] - 4);
  const auto message = decode_message(payload);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->text, "hello lets test\r\n");
  payload[6] = static_cast<std::uint8_t>(payload[6] - 1);
  EXPECT_FALSE(decode_message(payload));
}

TEST(Messages, LiesAreRefused) {
  const Bytes payload = payload_of(hex(test::getinfo_hex));
  struct Row {
    std::size_t at;
    std::uint8_t value;
    std::string_view reason;
  };
  for (const Row& row : {Row{1, 0, "0 messages are announced"}, Row{1, 2, "there is always one"},
                         Row{payload.size() - 1, 2, "2 behind it"}, Row{2, 7, "type 07"}, Row{6, 6, "it has 6 bytes"},
                         Row{6, 8, "and has 7"}, Row{3, 0xff, "bytes, and has 7"}, Row{0, 0x08, "this is none"}}) {
    Bytes lying = payload;
    lying[row.at] = row.value;
    EXPECT_NE(refusal(lying).find(row.reason), std::string::npos) << row.at << ": " << refusal(lying);
  }
  Bytes stranger = payload_of(hex(test::codec14_hex));
  stranger[14] = 0x14;  // check digit
  EXPECT_NE(refusal(stranger).find("0356307042441014 is no IMEI"), std::string::npos) << refusal(stranger);
  stranger[14] = 0x1f;
  EXPECT_NE(refusal(stranger), "");
}

TEST(Messages, WhatCannotBeSaidIsRefused) {
  EXPECT_FALSE(encode_message({.codec = Codec::codec8}));
  EXPECT_FALSE(encode_message({.codec = Codec::codec13, .text = "x"}));
  EXPECT_FALSE(encode_message({.codec = Codec::codec14, .text = "x"}));
  EXPECT_TRUE(encode_message({.text = std::string(max_command_size, 'x')}));
  EXPECT_FALSE(encode_message({.text = std::string(max_command_size + 1, 'x')}));
  EXPECT_TRUE(encode_message({.type = MessageType::reply, .text = std::string(60'000, 'x')}));
  EXPECT_FALSE(encode_message({.type = MessageType::reply, .text = std::string(max_payload_size, 'x')}));
}

TEST(Messages, TidyText) {
  EXPECT_EQ(tidy_text("\r\n a \r\n\r\n b\t\tc \r\n"), "a b c");
  EXPECT_EQ(tidy_text(std::string_view("a\0", 2)), "a");
  EXPECT_EQ(tidy_text(" \r\n"), "");
}

// ---- UDP.

TEST(Datagrams, BothWaysAndAcknowledged) {
  const Bytes payload = payload_of(hex(test::codec8e_hex));
  const Datagram datagram{0xcafe, 0x07, *base::Imei::from_number(test::imei_number), payload};
  const Bytes bytes = encode_datagram(datagram);
  EXPECT_EQ(base::to_hex(ByteView(bytes).first(23)), "005fcafe0107" + std::string(test::login_hex));
  const auto read = decode_datagram(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->packet_id, 0xcafe);
  EXPECT_EQ(read->avl_packet_id, 7);
  EXPECT_EQ(read->imei.number(), test::imei_number);
  EXPECT_EQ(base::to_hex(read->payload), base::to_hex(payload));
  EXPECT_EQ(base::to_hex(acknowledge(*read, 1)), "0005cafe010701");
}

TEST(Datagrams, CutLongerAndLyingOnesAreRefused) {
  const Bytes payload = payload_of(hex(test::codec8e_hex));
  const Bytes bytes = encode_datagram({1, 2, *base::Imei::from_number(test::imei_number), payload});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_datagram(ByteView(bytes).first(size))) << size;
  EXPECT_FALSE(decode_datagram(test::join({bytes, {0}})));
  for (const std::size_t at : {0, 1, 4, 6, 7, 8, 22}) {
    Bytes lying = bytes;
    lying[at] ^= 0x13;
    EXPECT_FALSE(decode_datagram(lying)) << at;
  }
}

// ---- Camera requests.

const base::UtcTime begin{std::chrono::seconds(1'763'000'000)};

TEST(CameraRequests, Texts) {
  using enum Dialect;
  const auto video = base::MediaKind::video;
  const Destination away{"files.example.org", 7700};
  const std::vector<std::pair<CameraRequest, std::string>> table{
      {{.front = true}, "camreq:1,1"},
      {{.rear = true}, "camreq:1,2"},
      {{.front = true, .rear = true}, "camreq:1,3"},
      {{.front = true, .kind = video, .from = begin, .duration_s = 10}, "camreq:0,1,1763000000,10"},
      {{.front = true, .rear = true, .kind = video, .from = begin, .duration_s = 30, .destination = away},
       "camreq:0,3,1763000000,30,files.example.org,7700"},
      {{.front = true, .destination = away}, "camreq:1,1,files.example.org,7700"},
      {{.front = true, .resolution = 4, .destination = away}, "camreq:1,1,files.example.org,7700,4"},
      {{.dialect = mdas_camreq, .kind = video, .from = begin, .duration_s = 5}, "mdas_camreq:0,0,1763000000,5"},
      {{.dialect = mdas_camreq, .from = begin, .destination = away},
       "mdas_camreq:1,0,1763000000,0,files.example.org,7700"},
      {{.dialect = dsm_camreq, .kind = video}, "dsm_camreq:2,4"},
      {{.dialect = dsm_camreq, .destination = away}, "dsm_camreq:2,4,files.example.org,7700"},
      {{.dialect = icam_req, .rear = true, .kind = video, .from = begin, .duration_s = 7, .com_port = 2},
       "icam_req:3,2,0,1763000000,7,3"},
      {{.dialect = icam_req, .camera = base::Camera::dash, .resolution = 1, .destination = away},
       "icam_req:4,1,1,0,0,1,files.example.org,7700"},
  };
  for (const auto& [request, text] : table) EXPECT_EQ(command_text(request).value(), text);
}

TEST(CameraRequests, WhatNoCommandCanSay) {
  using enum Dialect;
  const auto video = base::MediaKind::video;
  const std::vector<std::pair<CameraRequest, std::string>> table{
      {{}, "front camera, the rear camera, or both"},
      {{.front = true, .kind = base::MediaKind::other}, "a photo or a video"},
      {{.front = true, .kind = video, .duration_s = 10}, "needs the time it begins at"},
      {{.front = true, .kind = video, .from = begin}, "0 s cannot be asked for"},
      {{.front = true, .kind = video, .from = begin, .duration_s = 31}, "1 to 30 s can"},
      {{.front = true, .kind = video, .from = begin, .duration_s = 3, .resolution = 1}, "of a photo only"},
      {{.front = true, .resolution = 5}, "0 to 4 are known"},
      {{.front = true, .resolution = 4}, "only together with the domain and port"},
      {{.front = true, .destination = Destination{"", 1}}, "destination"},
      {{.front = true, .destination = Destination{"a,b", 1}}, "without blank and comma"},
      {{.front = true, .destination = Destination{"a\r\nb", 1}}, "without blank and comma"},
      {{.front = true, .destination = Destination{"a", 0}}, "needs a port"},
      {{.dialect = mdas_camreq, .kind = video, .duration_s = 5}, "needs the time"},
      {{.dialect = mdas_camreq, .resolution = 1}, "icam_req can"},
      {{.dialect = icam_req}, "exactly one camera"},
      {{.dialect = icam_req, .front = true, .rear = true}, "exactly one camera"},
      {{.dialect = icam_req, .front = true, .com_port = 3}, "serial port, 1 or 2"},
  };
  for (const auto& [request, part] : table) {
    const auto text = command_text(request);
    ASSERT_FALSE(text) << *text;
    EXPECT_NE(text.error().message.find(part), std::string::npos) << text.error().message;
  }
}

TEST(CameraRequests, Sms) {
  EXPECT_EQ(sms_text("", "", "camreq:1,1"), "  camreq:1,1");
  EXPECT_EQ(sms_text("me", "secret", "camreq:1,1"), "me secret camreq:1,1");
}

// ---- Answers.

constexpr std::string_view refused_words = "Invalid argument in camera request cmd!";
constexpr std::string_view video_words =
    "Request for video from source 1 received for 10 seconds since 2026-11-21 10:15:00";

std::string describe(const Answer& answer) {
  if (const auto* refused = std::get_if<Refused>(&answer)) return "refused: " + refused->words;
  const auto* accepted = std::get_if<Accepted>(&answer);
  if (accepted == nullptr) return "unrecognised";
  std::string text = std::string(base::to_string(accepted->kind)) + (accepted->front ? " front" : "") +
                     (accepted->rear ? " rear" : "");
  if (accepted->duration_s) text += " " + std::to_string(*accepted->duration_s) + " s";
  if (accepted->since) text += " since " + base::to_iso8601(*accepted->since);
  return text;
}

TEST(Answers, TheWordsOfTrackers) {
  const std::vector<std::pair<std::string, std::string>> table{
      {std::string(refused_words), "refused: Invalid argument in camera request cmd!"},
      {"Request for photo from source 1 received", "photo front"},
      {"Request for photo from source 2 received", "photo rear"},
      {"Request for photo from source 3 received", "photo front rear"},
      {std::string(video_words), "video front 10 s since 2026-11-21T10:15:00.000Z"},
      {"Request for video from source 3 received for 1 seconds since 2026-11-21 10:15:00",
       "video front rear 1 s since 2026-11-21T10:15:00.000Z"},
      {"Request for video from source 2 received for 30 seconds since2026-11-21 10:15:00",
       "video rear 30 s since 2026-11-21T10:15:00.000Z"},
      {"Request for video from source2 receivedfor 30 seconds since 2026-11-21 10:15:00",
       "video rear 30 s since 2026-11-21T10:15:00.000Z"},
      {"\r\nRequest for photo from source 1 received\r\n", "photo front"},
      {"", "unrecognised"},
      {"DI1:1 DI2:0", "unrecognised"},
      {"Request for photo from source 4 received", "unrecognised"},
      {"Request for video from source 1 received for 31 seconds since 2026-11-21 10:15:00", "unrecognised"},
      {"Request for video from source 1 received for 10 seconds since 2026-13-41 10:15:00", "unrecognised"},
  };
  for (const auto& [text, meaning] : table) EXPECT_EQ(describe(read_answer(text)), meaning) << text;
}

TEST(Answers, NothingIsSaidBeforeTheWholeAnswerIsThere) {
  const std::string video(video_words);
  for (std::size_t size = 0; size < video.size(); ++size)
    EXPECT_EQ(describe(read_answer(video.substr(0, size))), "unrecognised") << size;
}

TEST(Answers, LineEndsMayStandAnywhere) {
  for (const std::string& text : {std::string(refused_words), std::string(video_words)})
    for (std::size_t at = 0; at <= text.size(); ++at) {
      const std::string broken = text.substr(0, at) + "\r\n" + text.substr(at);
      EXPECT_EQ(describe(read_answer(broken)), describe(read_answer(text))) << at;
    }
}

TEST(Answers, OfSeveralTheLastCounts) {
  const std::string refused(refused_words), video(video_words), photo = "Request for photo from source 2 received";
  EXPECT_EQ(describe(read_answer(refused + "\r\n" + photo)), "photo rear");
  EXPECT_EQ(describe(read_answer(photo + refused)), describe(read_answer(refused)));
  EXPECT_EQ(describe(read_answer("DI1:1\r\n" + photo + "\r\n" + video + "\r\nbye")), describe(read_answer(video)));
  EXPECT_EQ(describe(read_answer(photo + video.substr(0, 40))), "photo rear") << "the second is not complete";
}

// ---- Who calls.

TEST(Foreign, TrackersAreTold) {
  EXPECT_TRUE(looks_like_tracker(hex(test::login_hex)));
  EXPECT_TRUE(looks_like_tracker(hex("000f3335")));
  for (const std::string_view frame : test::all_frames_hex) EXPECT_TRUE(looks_like_tracker(hex(frame)));
  EXPECT_TRUE(looks_like_tracker(
      encode_datagram({1, 2, *base::Imei::from_number(test::imei_number), payload_of(hex(test::codec8_hex))})));
  for (const char* bytes : {"", "000f", "000f41", "000f4142", "0000000000000036", "000000000000003607",
                            "00000005000144", "0000000000000000080000"})
    EXPECT_FALSE(looks_like_tracker(hex(bytes))) << bytes;
  EXPECT_FALSE(looks_like_tracker(hex("00000005 0001440f32b21735 44000400")));  // a camera
}

TEST(Foreign, OthersAreNamed) {
  EXPECT_NE(
      recognise_foreign(hex("00000005 0001440f32b21735 44000400")).find("This is a camera, of device 356307042441013"),
      std::string::npos)
      << recognise_foreign(hex("00000005 0001440f32b21735 44000400"));
  EXPECT_NE(recognise_foreign(base::as_bytes("GET / HTTP/1.1\r\n")).find("HTTP"), std::string::npos);
  EXPECT_NE(recognise_foreign(hex("1603010200")).find("TLS"), std::string::npos);
  EXPECT_NE(recognise_foreign(base::as_bytes("SSH-2.0")).find("SSH"), std::string::npos);
  for (const std::string_view frame : test::all_frames_hex) EXPECT_EQ(recognise_foreign(hex(frame)), "");
  EXPECT_EQ(recognise_foreign(hex(test::login_hex)), "");
}

}  // namespace
}  // namespace avl
