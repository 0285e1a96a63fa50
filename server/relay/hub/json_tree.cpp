#include "server/relay/hub/json_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "server/base/bytes.hpp"

namespace hub {

namespace {
// Puts the tree together as the parser comes along; stops it by returning false.
class TreeMaker : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Json{nullptr}); }
  bool boolean(bool flag) override { return put(Json{flag}); }
  bool number_integer(number_integer_t number) override { return put(Json{std::int64_t{number}}); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max()))
      return stop("A number in it is too large");
    return put(Json{static_cast<std::int64_t>(number)});
  }
  bool number_float(number_float_t number, const string_t&) override { return put(Json{number}); }
  bool string(string_t& text) override { return put(Json{std::move(text)}); }
  bool binary(binary_t&) override { return stop("It holds binary data"); }
  bool start_object(std::size_t) override { return open(Json{Json::Members{}}); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json{Json::Elements{}}); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    const auto& members = std::get<Json::Members>(open_.back().value);
    if (std::ranges::find(members, name, &Json::Member::name) != members.end())
      return stop(fmt::format("\"{}\" is in one object twice", base::printable(base::as_bytes(name), 60)));
    names_.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return stop(fmt::format("It is no JSON from byte {} on", position));
  }

  base::Result<Json> result() && {
    if (fault_.empty()) return std::move(root_);
    return base::fail(base::Errc::invalid, fmt::format("{}.", fault_));
  }

 private:
  bool stop(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
    return false;
  }
  bool open(Json container) {
    if (open_.size() >= deepest_json) return stop(fmt::format("It is nested more than {} deep", deepest_json));
    open_.push_back(std::move(container));
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    return put(std::move(done));
  }
  bool put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* elements = std::get_if<Json::Elements>(&open_.back().value)) {
      elements->push_back(std::move(value));
    } else {
      std::get<Json::Members>(open_.back().value).push_back({std::move(names_.back()), std::move(value)});
      names_.pop_back();
    }
    return true;
  }

  Json root_;
  std::vector<Json> open_;
  std::vector<std::string> names_;  // of members whose values are still to come
  std::string fault_;
};
}  // namespace

const Json* Json::member(std::string_view name) const noexcept {
  const Members* members = object();
  if (members == nullptr) return nullptr;
  const auto found = std::ranges::find(*members, name, &Member::name);
  return found == members->end() ? nullptr : &found->value;
}

base::Result<Json> parse_json(std::string_view text) {
  if (text.size() > longest_json)
    return base::fail(base::Errc::invalid, fmt::format("It is longer than {} bytes.", longest_json));
  TreeMaker maker;
  static_cast<void>(nlohmann::json::sax_parse(text, &maker));
  return std::move(maker).result();
}

}  // namespace hub
