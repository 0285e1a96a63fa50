// Trackers' links and datagrams: offline, compared, and against servers in memory.
#include <gtest/gtest.h>

#include <algorithm>

#include "server/avl/command.hpp"
#include "server/avl/datagram.hpp"
#include "server/avl/framer.hpp"
#include "server/avl/record.hpp"
#include "tools/replay/datagram_device.hpp"
#include "tools/replay/diff.hpp"
#include "tools/replay/plans.hpp"
#include "tools/replay/tracker_device.hpp"

namespace replay {
namespace {

using base::Bytes;
using base::ByteView;
using captures::Event;
using captures::Side;

const base::Imei device = *base::Imei::from_number(356307042441013);
const base::Imei other = *base::Imei::from_number(356307042441021);
constexpr captures::Time begun{std::chrono::seconds{1'763'000'000}};

Bytes operator+(Bytes all, ByteView more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Bytes login(const base::Imei& imei) {
  return Bytes{0, 15} + base::as_bytes(imei.str());
}
Bytes records_payload(unsigned count) {
  avl::OutgoingRecord record;
  record.record.time = base::UtcTime{std::chrono::seconds{1'763'000'000}};
  return avl::encode_records(avl::Codec::codec8e, std::vector(count, record)).value();
}
Bytes frame(ByteView payload) {
  Bytes out;
  avl::append_frame(payload, out);
  return out;
}
Bytes message(avl::MessageType type, const std::string& text, avl::Codec codec = avl::Codec::codec12) {
  return frame(avl::encode_message({.codec = codec, .type = type, .text = text, .imei = device}).value());
}
const Bytes accepted{1};
Bytes taken(std::uint8_t count) {
  return {0, 0, 0, count};
}

captures::Conversation conversation_of(const std::vector<std::pair<Side, Bytes>>& said,
                                       captures::Transport transport = captures::Transport::tcp) {
  captures::Conversation made{.transport = transport, .protocol = captures::Protocol::tracker, .imei = device};
  captures::Time time = begun;
  for (const auto& [side, bytes] : said) {
    Bytes& all = side == Side::device ? made.device_bytes : made.server_bytes;
    made.events.push_back({.time = time, .from = side, .at = all.size(), .size = bytes.size()});
    all.insert(all.end(), bytes.begin(), bytes.end());
    time += std::chrono::seconds{10};
  }
  return made;
}

captures::Conversation drive() {
  return conversation_of({{Side::device, login(device)},
                          {Side::server, accepted},
                          {Side::device, frame(records_payload(2))},
                          {Side::server, taken(2)},
                          {Side::server, message(avl::MessageType::command, "getinfo")},
                          {Side::device, message(avl::MessageType::reply, "INI:2027", avl::Codec::codec14)},
                          {Side::device, frame(records_payload(3))},
                          {Side::server, taken(3)}});
}

OfflineResult replay_one(const captures::Capture& capture, std::vector<std::string>* lines = nullptr) {
  return replay_offline(capture, {}, {0},
                        [&](const ActionLine& line) {
                          if (lines) lines->push_back(as_text(line));
                          return true;
                        })
      .at(0);
}

TEST(TrackerReplay, OfflineDoesWhatTheServerDid) {
  captures::Capture capture;
  capture.conversations.push_back(drive());
  std::vector<std::string> lines;
  const OfflineResult result = replay_one(capture, &lines);
  EXPECT_EQ(result.stored_records, 5U);
  const DiffResult compared = diff(capture.conversations[0], result);
  EXPECT_EQ(compared.equal, 4U);
  EXPECT_TRUE(compared.differences.empty());
  const auto has = [&](std::string_view words) {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.find(words) != std::string::npos; });
  };
  EXPECT_TRUE(has("command   text=getinfo"));
  EXPECT_TRUE(has("reply     codec=Codec 14 text=INI:2027"));
}

TEST(TrackerReplay, AnAnswerThatDiffersIsFound) {
  captures::Capture capture;
  capture.conversations.push_back(drive());
  capture.conversations[0].server_bytes.back() = 2;
  const DiffResult compared = diff(capture.conversations[0], replay_one(capture));
  ASSERT_EQ(compared.differences.size(), 1U);
  EXPECT_EQ(compared.differences[0].recorded, "2 records taken");
  EXPECT_EQ(compared.differences[0].today, "3 records taken");
}

TEST(TrackerReplay, ADeviceThatWasRefusedIsRefusedAgain) {
  captures::Capture capture;
  capture.conversations.push_back(conversation_of({{Side::device, login(device)}, {Side::server, Bytes{0}}}));
  const OfflineResult result = replay_one(capture);
  EXPECT_TRUE(diff(capture.conversations[0], result).differences.empty());
  EXPECT_NE(result.ending.find("refused"), std::string::npos);
}

TEST(TrackerReplay, DatagramsAreAnsweredAsTheyWere) {
  const avl::Datagram datagram{.packet_id = 7, .avl_packet_id = 9, .imei = device, .payload = {}};
  const Bytes payload = records_payload(2);
  avl::Datagram full = datagram;
  full.payload = payload;
  captures::Capture capture;
  capture.conversations.push_back(conversation_of({{Side::device, avl::encode_datagram(full)},
                                                   {Side::server, avl::acknowledge(full, 2)},
                                                   {Side::device, Bytes{1, 2, 3}}},
                                                  captures::Transport::udp));
  const OfflineResult result = replay_one(capture);
  EXPECT_EQ(result.stored_records, 2U);
  EXPECT_TRUE(diff(capture.conversations[0], result).differences.empty());
}

// Plays a device against answers of the server, without waiting; what it sent.
struct Played {
  Bytes sent;
  DeviceReport report;
};
Played play(Device& device_under_test, const std::vector<Bytes>& answers, std::size_t most_polls = 200) {
  Played played;
  Time now{0};
  std::size_t next = 0;
  for (std::size_t n = 0; n < most_polls; ++n) {
    const Step step = device_under_test.poll(now, played.sent);
    if (step.kind == Step::Kind::done) break;
    if (step.kind == Step::Kind::connect) device_under_test.connected(now);
    if (step.kind != Step::Kind::wait) continue;
    if (next < answers.size())
      device_under_test.received(answers[next++], now);
    else
      now = std::max(now, step.until);
  }
  played.report = device_under_test.report();
  return played;
}

const Pace fastest{.speed = std::nullopt};

TEST(TrackerReplay, SendsItsFramesAndWaitsForTheAnswersButNotForCommands) {
  captures::Capture capture;
  capture.conversations.push_back(drive());
  const Plans plans = make_plans(capture, {}, {0});
  TrackerDevice tracker(plans.devices.at(0), device, fastest, Time{0});
  const Played played = play(tracker, {accepted, taken(2), taken(3)});
  EXPECT_EQ(base::to_hex(played.sent), base::to_hex(capture.conversations[0].device_bytes));
  EXPECT_EQ(played.report.records, 5U);
  EXPECT_EQ(played.report.divergences, 0U) << played.report.first_divergence;
  EXPECT_TRUE(played.report.failures.empty());
}

TEST(TrackerReplay, ACopySaysItsOwnNumberAndItsCrcIsRight) {
  captures::Capture capture;
  capture.conversations.push_back(drive());
  const Plans plans = make_plans(capture, {}, {0});
  TrackerDevice tracker(plans.devices.at(0), other, fastest, Time{0});
  const Played played = play(tracker, {accepted, taken(2), taken(3)});
  const ByteView all = played.sent;
  EXPECT_EQ(base::to_hex(all.first(17)), base::to_hex(login(other)));
  const std::size_t reply_at = 17 + frame(records_payload(2)).size();
  const avl::Found found = avl::next_frame(all.subspan(reply_at));
  ASSERT_TRUE(std::holds_alternative<avl::FrameView>(found.what));
  const auto reply = avl::decode_message(std::get<avl::FrameView>(found.what).payload);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->imei, other);
  EXPECT_EQ(reply->text, "INI:2027");
}

TEST(TrackerReplay, FewerRecordsTakenIsADivergenceAndARefusalTheEnd) {
  captures::Capture capture;
  capture.conversations.push_back(drive());
  const Plans plans = make_plans(capture, {}, {0});
  TrackerDevice tracker(plans.devices.at(0), device, fastest, Time{0});
  const Played played = play(tracker, {accepted, taken(1), taken(3)});
  EXPECT_EQ(played.report.divergences, 1U);
  EXPECT_NE(played.report.first_divergence.find("1 records taken"), std::string::npos);
  TrackerDevice refused(plans.devices.at(0), device, fastest, Time{0});
  const Played turned_away = play(refused, {Bytes{0}});
  EXPECT_EQ(turned_away.sent.size(), login(device).size());
  ASSERT_FALSE(turned_away.report.failures.empty());
  EXPECT_NE(turned_away.report.failures[0].find("refuses the device"), std::string::npos);
}

TEST(TrackerReplay, OfALinkWithGapsTheWholeFramesAreSent) {
  captures::Capture capture;
  capture.conversations.push_back(drive());
  captures::Conversation& damaged = capture.conversations[0];
  // The reply is lost with the beginning of the last frame; another one follows.
  const Bytes last = frame(records_payload(4));
  damaged.events[5] = {.time = damaged.events[5].time, .kind = Event::Kind::missing, .size = 30};
  const std::size_t keep = 20;
  Bytes bytes = login(device) + frame(records_payload(2));
  damaged.events[5].at = bytes.size();
  const Bytes lost = frame(records_payload(3));
  damaged.events[6].at = bytes.size();
  damaged.events[6].size = keep + last.size();
  damaged.device_bytes = bytes + ByteView(lost).last(keep) + last;
  const Plans plans = make_plans(capture, {}, {0});
  TrackerDevice tracker(plans.devices.at(0), device, fastest, Time{0});
  const Played played = play(tracker, {accepted, taken(2), taken(4)});
  EXPECT_EQ(base::to_hex(played.sent), base::to_hex(bytes + last));
  EXPECT_EQ(played.report.records, 6U);
  EXPECT_EQ(played.report.incomplete.size(), 1U);
}

TEST(TrackerReplay, DatagramsAreSentAgainUntilTheyAreAnswered) {
  const Bytes payload = records_payload(2);
  const avl::Datagram datagram{.packet_id = 7, .avl_packet_id = 9, .imei = device, .payload = payload};
  captures::Capture capture;
  capture.conversations.push_back(
      conversation_of({{Side::device, avl::encode_datagram(datagram)}, {Side::server, avl::acknowledge(datagram, 2)}},
                      captures::Transport::udp));
  const Plans plans = make_plans(capture, {}, {0});
  DatagramDevice answered(plans.devices.at(0), other, fastest, Time{0});
  avl::Datagram another = datagram;
  another.packet_id = 8;
  const Played played = play(answered, {avl::acknowledge(another, 2), avl::acknowledge(datagram, 2)});
  EXPECT_EQ(played.report.records, 2U);
  const auto sent = avl::decode_datagram(played.sent);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->imei, other);
  DatagramDevice silent(plans.devices.at(0), device, fastest, Time{0});
  const Played unanswered = play(silent, {});
  EXPECT_EQ(unanswered.report.datagrams, 4U);
  EXPECT_EQ(unanswered.report.failures.size(), 1U);
}

}  // namespace
}  // namespace replay
