# Writes a C++ source file with the bytes of every file in ASSETS ("PATH=FILE;…", files relative to ROOT) to OUT.
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_json "application/json")

set(arrays "")
set(rows "")
set(number 0)
foreach(asset IN LISTS ASSETS)
  string(REGEX MATCH "^([^=]+)=(.+)$" _ "${asset}")
  set(path "${CMAKE_MATCH_1}")
  set(file "${ROOT}/${CMAKE_MATCH_2}")
  get_filename_component(extension "${file}" LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "embed.cmake does not know the content type of ${file}")
  endif()

  file(SHA256 "${file}" digest)
  string(SUBSTRING "${digest}" 0 32 digest)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char bytes_${number}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${path}\", \"${type_${extension}}\", \"\\\"${digest}\\\"\", text(bytes_${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUT}" "// Made by embed.cmake; do not edit.
#include \"server/http/assets.hpp\"

namespace http {
namespace {

${arrays}
template <std::size_t size>
std::string_view text(const unsigned char (&bytes)[size]) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::span<const Asset> assets() noexcept {
  static const Asset all[] = {
${rows}  };
  return all;
}

}  // namespace http
")
