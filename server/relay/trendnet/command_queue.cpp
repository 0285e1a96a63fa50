#include "server/relay/trendnet/command_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace trendnet {

namespace {

template <class... Kinds>
bool is_any(const Command& command) noexcept {
  return (std::holds_alternative<Kinds>(command) || ...);
}

// Says where to look, whatever was before.
bool is_absolute(const Command& command) noexcept {
  return is_any<Home, GoPreset, GoTo>(command);
}

// Moves the camera, and matters no more once an absolute way waits behind it.
bool is_way(const Command& command) noexcept {
  return std::holds_alternative<Move>(command) || is_absolute(command);
}

// Has to do with where the camera looks when its turn comes.
bool depends_on_position(const Command& command) noexcept {
  const auto* set = std::get_if<SetPreset>(&command);
  return is_any<TakeSnapshot>(command) || (set != nullptr && !set->position);
}

bool is_about_outputs(const Command& command) noexcept {
  return is_any<SetOutputs, ReadOutputs>(command);
}

std::string instead_of(const Command& older, const Command& newer) {
  return fmt::format("The camera was not told to {}: it is to {} instead.", describe(older), describe(newer));
}

}  // namespace

base::Result<CommandId> CommandQueue::add(Command command, base::SteadyTime now, std::optional<Duration> within) {
  if (auto possible = check(command, options_.model); !possible) return std::unexpected(possible.error());
  expire(now);
  if (waiting() >= options_.most_waiting)
    return base::fail(base::Errc::exhausted,
                      fmt::format("{} commands wait for this camera already; it cannot be told to {} as well.",
                                  waiting(), describe(command)));
  const CommandId id = ++last_id_;
  const base::SteadyTime expires = now + within.value_or(options_.waiting_deadline);
  if (const auto* move = std::get_if<Move>(&command); move != nullptr && merge(*move, id, expires)) return id;
  replace_before(command);
  waiting_.push_back({std::move(command), {id}, expires});
  return id;
}

bool CommandQueue::merge(const Move& move, CommandId id, base::SteadyTime expires) {
  auto last = std::find_if_not(waiting_.rbegin(), waiting_.rend(),
                               [](const Item& item) { return is_about_outputs(item.command); });
  if (last == waiting_.rend()) return false;
  auto* const sum = std::get_if<Move>(&last->command);
  if (sum == nullptr) return false;
  const auto add = [](int one, int other) { return std::clamp(one + other, -longest_move, longest_move); };
  *sum = {add(sum->right, move.right), add(sum->up, move.up)};
  last->ids.push_back(id);
  last->expires = std::max(last->expires, expires);
  if (*sum != Move{}) return true;
  end(*last, Outcome::done, "The moves that waited add up to none, and nothing was sent.");
  waiting_.erase(std::next(last).base());
  return true;
}

void CommandQueue::replace_before(const Command& command) {
  const bool absolute = is_absolute(command), swing = is_any<Swing>(command);
  if (!absolute && !swing) return;
  for (auto at = waiting_.end(); at != waiting_.begin();) {
    --at;
    if (is_about_outputs(at->command)) continue;
    if (swing && !is_any<Swing>(at->command)) return;
    if (absolute && depends_on_position(at->command)) return;
    if (absolute && !is_way(at->command)) continue;
    end(*at, Outcome::replaced, instead_of(at->command, command));
    at = waiting_.erase(at);
  }
}

void CommandQueue::expire(base::SteadyTime now) {
  if (under_way_ && under_way_->overdue <= now) {
    const Item item = std::move(under_way_->item);
    const auto text =
        fmt::format("The camera did not answer {} {} within {} ms.", to_string(under_way_->request.method),
                    under_way_->request.path, options_.answer_deadline.count());
    under_way_.reset();
    end(item, Outcome::no_answer, text);
  }
  std::erase_if(waiting_, [&](const Item& item) {
    if (item.expires > now) return false;
    end(item, Outcome::expired,
        fmt::format("The camera was not told in time to {}: it was busy until then.", describe(item.command)));
    return true;
  });
}

std::optional<NextRequest> CommandQueue::next(base::SteadyTime now) {
  expire(now);
  if (under_way_ || waiting_.empty() || (not_before_ && now < *not_before_)) return std::nullopt;
  Item item = std::move(waiting_.front());
  waiting_.pop_front();
  return send(std::move(item), now);
}

std::optional<NextRequest> CommandQueue::send(Item item, base::SteadyTime now) {
  const auto* outputs = std::get_if<SetOutputs>(&item.command);
  const bool reads_first = outputs != nullptr && !outputs->is_complete();
  auto request = request_for(reads_first ? Command(ReadOutputs{}) : item.command, options_.model);
  if (!request) {  // add() has checked it
    end(item, Outcome::refused, request.error().message);
    return std::nullopt;
  }
  under_way_ = UnderWay{.number = ++last_number_,
                        .item = std::move(item),
                        .request = std::move(*request),
                        .reads_first = reads_first,
                        .overdue = now + options_.answer_deadline,
                        .dropped = {}};
  not_before_ = now + options_.spacing;
  return NextRequest{last_number_, under_way_->request};
}

void CommandQueue::answered(std::uint64_t number, const Answer& answer, base::SteadyTime now) {
  expire(now);
  if (!under_way_ || under_way_->number != number) return;
  UnderWay sent = std::move(*under_way_);
  under_way_.reset();
  take_answer(std::move(sent), answer);
}

void CommandQueue::take_answer(UnderWay sent, const Answer& answer) {
  Verdict verdict = judge(answer, sent.request);
  const Item& item = sent.item;
  if (verdict.outcome != Outcome::done) return end(item, verdict.outcome, verdict.text);
  if (sent.reads_first) return go_on_with_outputs(std::move(sent), answer);
  CommandResult result{.text = std::move(verdict.text), .outputs = {}, .picture = {}};
  if (const auto* move = std::get_if<Move>(&item.command)) {
    const Move done = first_part(*move, options_.model);
    const Move left{move->right - done.right, move->up - done.up};
    if (left != Move{}) return go_on(std::move(sent), left);
  } else if (const auto* go = std::get_if<GoTo>(&item.command)) {
    return go_on(std::move(sent), GoPreset{go->scratch_preset});
  } else if (const auto* outputs = std::get_if<SetOutputs>(&item.command)) {
    result.outputs = outputs->over({});
  } else if (is_any<ReadOutputs>(item.command)) {
    const auto read = parse_outputs(base::as_text(answer.body));
    if (!read) return end(item, Outcome::refused, read.error().message);
    result.outputs = read->outputs;
  } else if (is_any<TakeSnapshot>(item.command)) {
    if (!is_whole_jpeg(answer.body))
      return end(item, Outcome::refused,
                 fmt::format("What the camera answered to {} is no whole picture: {} bytes.", sent.request.path,
                             answer.body.size()));
    result.picture.assign(answer.body.begin(), answer.body.end());
  }
  end(item, result);
}

// What a command needs besides the request that was answered is sent next, before all that waits.
void CommandQueue::go_on(UnderWay sent, Command left) {
  Item& item = sent.item;
  if (sent.dropped)
    return end(item, Outcome::dropped,
               fmt::format("The camera was not told any more to {}: {}", describe(left), *sent.dropped));
  if (const Item* newer = replacement_of(left)) return end(item, Outcome::replaced, instead_of(left, newer->command));
  item.command = std::move(left);
  waiting_.push_front(std::move(item));
}

void CommandQueue::go_on_with_outputs(UnderWay sent, const Answer& answer) {
  const auto present = parse_outputs(base::as_text(answer.body));
  if (!present) return end(sent.item, Outcome::refused, present.error().message);
  const Outputs wanted = std::get<SetOutputs>(sent.item.command).over(present->outputs);
  go_on(std::move(sent), SetOutputs{wanted.trigger1, wanted.trigger2, wanted.image_upload, wanted.image_email});
}

const CommandQueue::Item* CommandQueue::replacement_of(const Command& command) const noexcept {
  if (!is_way(command)) return nullptr;
  for (const Item& item : waiting_) {
    if (is_absolute(item.command)) return &item;
    if (depends_on_position(item.command)) return nullptr;
  }
  return nullptr;
}

void CommandQueue::drop(std::string_view why) {
  if (under_way_) under_way_->dropped = why;
  for (const Item& item : waiting_)
    end(item, Outcome::dropped, fmt::format("The camera was not told to {}: {}", describe(item.command), why));
  waiting_.clear();
}

void CommandQueue::end(const Item& item, Outcome outcome, std::string_view text) {
  end(item, {.outcome = outcome, .text = std::string(text), .outputs = {}, .picture = {}});
}

void CommandQueue::end(const Item& item, const CommandResult& result) {
  for (const CommandId id : item.ids) {
    results_.push_back(result);
    results_.back().id = id;
  }
}

std::size_t CommandQueue::waiting() const noexcept {
  std::size_t count = 0;
  for (const Item& item : waiting_) count += item.ids.size();
  return count;
}

std::optional<base::SteadyTime> CommandQueue::wake_at() const {
  std::optional<base::SteadyTime> at;
  const auto consider = [&](base::SteadyTime time) { at = at ? std::min(*at, time) : time; };
  if (under_way_)
    consider(under_way_->overdue);
  else if (!waiting_.empty() && not_before_)
    consider(*not_before_);
  for (const Item& item : waiting_) consider(item.expires);
  return at;
}

}  // namespace trendnet
