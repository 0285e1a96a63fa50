// A tracker's link and its datagrams, offline.
#include <fmt/format.h>

#include "server/avl/datagram.hpp"
#include "server/avl/session.hpp"
#include "tools/replay/offline_play.hpp"

namespace replay::detail {

namespace {
class OfflineTracker final : public OfflinePlay {
 public:
  using OfflinePlay::OfflinePlay;

 private:
  void begin() override {
    session_.start(actions_);
    carry_out();
  }
  std::size_t step(base::ByteView in) override {
    const std::size_t taken = session_.step(in, actions_);
    carry_out();
    return taken;
  }
  void time_out() override {
    session_.on_deadline(actions_);
    carry_out();
  }
  void end(const std::string& how) override {
    session_.on_end(how, actions_);
    carry_out();
  }
  void shut_down(const std::string& reason) override {
    session_.shut_down(reason, actions_);
    carry_out();
  }
  void server_said(const ServerFrame& frame) override;
  std::string state() const override {
    return session_.imei() ? fmt::format("with {} records taken", session_.records()) : "awaiting the login";
  }

  void carry_out();
  void perform(const avl::Send& action) { sent(action.bytes); }
  void perform(const avl::Deadline& action) { deadline(action.after); }
  void perform(const avl::Identify& action);
  void perform(const avl::Store& action);
  void perform(const avl::Reply& action) {
    line("reply", {{"codec", std::string(avl::to_string(action.message.codec))},
                   {"text", base::printable(base::as_bytes(action.message.text))}});
  }
  void perform(const avl::Note& action) { line("note", {{"", action.text}}); }
  void perform(const avl::Close& action) { closed(action.reason); }

  const avl::SessionOptions options_;
  avl::Session session_{options_};
  avl::Actions actions_;
};

// By index, and each moved out: an answer adds to the list.
void OfflineTracker::carry_out() {
  for (std::size_t i = 0; i < actions_.size(); ++i) {  // NOLINT(modernize-loop-convert)
    const avl::Action action = std::move(actions_[i]);
    std::visit([this](const auto& each) { perform(each); }, action);
  }
  actions_.clear();
}

// Commands are somebody's wish: the recorded ones are sent again at their time.
void OfflineTracker::server_said(const ServerFrame& frame) {
  if (!is_tracker_command(frame.bytes)) return;
  const avl::Found found = avl::next_frame(frame.bytes);
  const auto* const view = std::get_if<avl::FrameView>(&found.what);
  const auto message =
      view == nullptr ? base::fail(base::Errc::invalid, "no frame") : avl::decode_message(view->payload);
  if (!message || !session_.send_command(*message, actions_))
    return line("command", {{"", "a command of the recording that cannot be sent"}});
  line("command", {{"text", base::printable(base::as_bytes(message->text))}});
  carry_out();
}

void OfflineTracker::perform(const avl::Identify& action) {
  line("identify", {{"imei", action.imei.str()}});
  const ServerFrame* const next = recorded_next();
  if (next != nullptr && next->bytes.size() == 1 && next->bytes[0] == 0)
    return session_.refuse("the server of the recording refused the device", actions_);
  session_.admit(actions_);
}

void OfflineTracker::perform(const avl::Store& action) {
  base::Bytes all;
  for (const avl::Record& record : action.records->all()) all.insert(all.end(), record.raw.begin(), record.raw.end());
  line("store", {{"codec", std::string(avl::to_string(action.codec))},
                 {"records", std::uint64_t{action.records->all().size()}},
                 {"bytes", std::uint64_t{all.size()}},
                 {"hash", short_hash(all)}});
  result_.stored_records += action.records->all().size();
  session_.stored(actions_);
}

// What the server does with one datagram: net::AvlDatagrams. Nothing: it is not answered, and `why` says why.
std::optional<base::Bytes> answer_to(base::ByteView bytes, avl::Records& records, std::string& why) {
  const auto datagram = avl::decode_datagram(bytes);
  if (!datagram) {
    why = datagram.error().message;
    return std::nullopt;
  }
  const auto codec = datagram->payload.empty() ? std::nullopt : avl::parse_codec(datagram->payload[0]);
  if (!codec || !avl::carries_records(*codec)) {
    why = "a datagram without records";
    return std::nullopt;
  }
  if (const auto decoded = records.decode(*codec, datagram->payload); !decoded) {
    why = decoded.error().message;
    return std::nullopt;
  }
  return avl::acknowledge(*datagram, static_cast<std::uint8_t>(records.all().size()));
}
}  // namespace

OfflineResult replay_tracker(Offline& offline, std::size_t conversation) {
  return OfflineTracker(offline, conversation).run();
}

OfflineResult replay_datagrams(Offline& offline, std::size_t index) {
  const captures::Conversation& conversation = offline.capture.conversations[index];
  OfflineResult result{.conversation = index + 1, .replayed = true, .ending = "every datagram was taken"};
  avl::Records records;
  const auto line = [&](const captures::Event& event, std::string_view action, auto values) {
    ++result.actions;
    const ActionLine made{.at = event.time - conversation.events.front().time,
                          .conversation = result.conversation,
                          .action = action,
                          .values = std::move(values)};
    if (!offline.stopped && !offline.sink(made)) offline.stopped = true;
  };
  using Values = std::vector<std::pair<std::string_view, Value>>;
  for (std::size_t n = 0; n < conversation.events.size() && !offline.stopped; ++n) {
    const captures::Event& event = conversation.events[n];
    if (event.from != captures::Side::device || event.kind != captures::Event::Kind::bytes) continue;
    const base::ByteView bytes = conversation.bytes(event);
    std::string why;
    const auto answer = answer_to(bytes, records, why);
    if (!answer) {
      line(event, "drop", Values{{"bytes", std::uint64_t{bytes.size()}}, {"reason", why}});
      continue;
    }
    result.stored_records += records.all().size();
    line(event, "store",
         Values{{"records", std::uint64_t{records.all().size()}},
                {"bytes", std::uint64_t{bytes.size()}},
                {"hash", short_hash(bytes)}});
    line(event, "send",
         Values{{"", fmt::format("{} records taken", records.all().size())}, {"hash", short_hash(*answer)}});
    result.sent.push_back({event.time, n, *answer});
  }
  return result;
}

}  // namespace replay::detail
