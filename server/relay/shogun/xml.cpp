// The only file here that sees pugixml. It parses without recursion, takes no entities but XML's five and characters,
// and leaves what it does not know as it is written, such as an "&" that stands alone.
#include "server/relay/shogun/xml.hpp"

#include <algorithm>
#include <optional>
#include <pugixml.hpp>

namespace shogun::xml {

namespace {
char small(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<Refusal> take_element(const pugi::xml_node& node, std::size_t depth, Document& into) {
  if (into.elements.size() == max_elements) return Refusal::too_many_elements;
  Element element{
      .name = node.name(), .text = node.child_value(), .depth = depth, .first_attribute = into.attributes.size()};
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    if (++element.attribute_count > max_attributes) return Refusal::too_many_attributes;
    into.attributes.push_back({attribute.name(), attribute.value()});
  }
  into.elements.push_back(element);
  return std::nullopt;
}

std::optional<Refusal> take_tree(const pugi::xml_node& root, Document& into) {
  struct Taker : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node& node) override {
      if (node.type() != pugi::node_element) return true;
      // The walker counts from the root's children on.
      const auto level = static_cast<std::size_t>(depth()) + 2;
      refusal = level > max_depth ? Refusal::too_deep : take_element(node, level, *document);
      return !refusal;
    }
    Document* document = nullptr;
    std::optional<Refusal> refusal;
  };
  if (const auto refusal = take_element(root, 1, into)) return refusal;
  Taker taker;
  taker.document = &into;
  pugi::xml_node(root).traverse(taker);
  return taker.refusal;
}
}  // namespace

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return small(x) == small(y); });
}

const std::string_view* Document::attribute(const Element& element, std::string_view name) const noexcept {
  for (std::size_t at = 0; at < element.attribute_count; ++at) {
    const Attribute& attribute = attributes[element.first_attribute + at];
    if (same_word(attribute.name, name)) return &attribute.value;
  }
  return nullptr;
}

std::expected<Document, Refusal> read(std::string_view text) {
  Document document;
  document.characters.assign(text.begin(), text.end());
  document.elements.reserve(16);
  document.attributes.reserve(16);
  constexpr unsigned options = pugi::parse_escapes | pugi::parse_doctype | pugi::parse_cdata;
  pugi::xml_document parsed;
  // In place: the parser's texts lie in `characters` and outlive it.
  if (!parsed.load_buffer_inplace(document.characters.data(), document.characters.size(), options, pugi::encoding_utf8))
    return std::unexpected(Refusal::malformed);
  pugi::xml_node root;
  for (const pugi::xml_node& node : parsed.children()) {
    if (node.type() == pugi::node_doctype) return std::unexpected(Refusal::doctype);
    if (node.type() != pugi::node_element) continue;
    if (root) return std::unexpected(Refusal::several_documents);
    root = node;
  }
  if (!root) return std::unexpected(Refusal::malformed);
  if (const auto refusal = take_tree(root, document)) return std::unexpected(*refusal);
  return document;
}

std::vector<char> with_quotes_escaped(std::string_view text) {
  constexpr std::string_view opening = "VALUE=\"", escaped = "&quot;";
  std::vector<char> repaired;
  const auto append = [&repaired](std::string_view part) { repaired.insert(repaired.end(), part.begin(), part.end()); };
  while (!text.empty()) {
    const auto found = text.find(opening);
    const auto begin = found == std::string_view::npos ? text.size() : found + opening.size();
    append(text.substr(0, begin));
    text.remove_prefix(begin);
    const auto end = std::min({text.find("\"/>"), text.find("\" />"), text.size()});
    for (const char c : text.substr(0, end)) c == '"' ? append(escaped) : repaired.push_back(c);
    text.remove_prefix(end);
  }
  return repaired;
}

}  // namespace shogun::xml
