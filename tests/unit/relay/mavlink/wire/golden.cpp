#include "tests/unit/relay/mavlink/wire/golden.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "server/relay/mavlink/wire/codec.hpp"

namespace mavlink::test {

using nlohmann::json;

namespace {

// 64 bit numbers are texts, and texts of uint8_t numbers.
template <class T>
void read(T& value, const json& from) {
  value = from.is_string() ? static_cast<T>(std::stoull(from.get<std::string>())) : from.get<T>();
}
template <std::size_t N>
void read(Text<N>& value, const json& from) {
  if (from.is_string()) return value.assign(from.get<std::string>());
  std::ranges::transform(from, value.bytes.begin(),
                         [](const json& byte) { return static_cast<char>(byte.get<int>()); });
}
template <class T, std::size_t N>
void read(std::array<T, N>& values, const json& from) {
  for (std::size_t i = 0; i < N; ++i) read(values[i], from.at(i));
}

template <class M>
bool read_message(std::uint32_t id, const json& from, std::optional<Message>& into) {
  if (id != M::info.id) return false;
  if (from.size() != layout_of<M>.size()) throw std::runtime_error("other fields than the table has");
  M made;
  std::apply([&](const auto&... field) { (read(made.*field.member, from.at(std::string(field.name))), ...); },
             fields_of<M>);
  into = made;
  return true;
}

template <class... M>
std::optional<Message> message_of(std::type_identity<std::variant<M...>>, std::uint32_t id, const json& fields) {
  std::optional<Message> made;
  (void)(read_message<M>(id, fields, made) || ...);
  return made;
}

GoldenSignature signature_of(const json& from) {
  GoldenSignature made{from.at("pass"), {}, from.at("link"), std::stoull(from.at("timestamp").get<std::string>())};
  std::ranges::copy(base::from_hex(from.at("key").get<std::string>()).value(), made.key.begin());
  return made;
}

Golden golden_of(const json& from) {
  Golden made{.name = from.at("name"),
              .id = from.at("id"),
              .version = from.at("ver"),
              .from = {from.at("sys"), from.at("comp")},
              .sequence = from.at("seq"),
              .message = message_of(std::type_identity<Message>{}, from.at("id"), from.at("fields")),
              .decode_only = from.value("decode_only", false),
              .signature = std::nullopt,
              .bytes = base::from_hex(from.at("hex").get<std::string>()).value()};
  if (from.contains("signed")) made.signature = signature_of(from.at("signed"));
  return made;
}

}  // namespace

const std::vector<Golden>& golden() {
  static const std::vector<Golden> all = [] {
    std::ifstream file(GOLDEN_FRAMES);
    std::vector<Golden> made;
    for (const json& entry : json::parse(file)) made.push_back(golden_of(entry));
    return made;
  }();
  return all;
}

bool same(const Message& a, const Message& b) {
  if (a.index() != b.index()) return false;
  const auto bits = [](const Message& message) {
    std::array<std::uint8_t, longest_payload> made{};
    std::visit([&](const auto& of) { store_payload(of, true, made.data()); }, message);
    return made;
  };
  return bits(a) == bits(b);
}

}  // namespace mavlink::test
