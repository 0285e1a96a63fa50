# Turns migrations/BACKEND/NNNN_name.sql into a C++ source: cmake -DINPUT=… -DBACKEND=… -DOUTPUT=… -P this-file
# The files are part of the program, so that no installation can run with other ones than it was built and tested with.
file(GLOB files LIST_DIRECTORIES false ${INPUT}/*.sql)
list(SORT files)
set(rows "")
set(version 0)
foreach(file IN LISTS files)
  get_filename_component(stem "${file}" NAME_WE)
  if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
    message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql")
  endif()
  set(number "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  string(REGEX REPLACE "^0+" "" number "${number}")
  math(EXPR version "${version} + 1")
  if(NOT number EQUAL version)
    message(FATAL_ERROR "${file}: expected number ${version}; migrations are numbered 0001, 0002, … without gaps")
  endif()
  file(READ "${file}" sql)
  string(APPEND rows "    {${number}, \"${name}\", R\"_sql_(${sql})_sql_\"},\n")
endforeach()
file(WRITE "${OUTPUT}"
"// Made by cmake/EmbedMigrations.cmake from migrations/${BACKEND}. Do not edit.
#include \"storage/catalog/migrator.hpp\"

namespace storage {

std::span<const Migration> ${BACKEND}_migrations() noexcept {
  static constexpr std::array<Migration, ${version}> migrations{{
${rows}  }};
  return migrations;
}

}  // namespace storage
")
