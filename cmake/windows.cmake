# What is built for Windows only: settings of all targets, the one DLL's exports, its forwarders.

enable_language(RC)

# Windows 10 and later. Texts are UTF-8 inside us, hence no UNICODE: calls name their W forms.
add_compile_definitions(_WIN32_WINNT=0x0A00 WINVER=0x0A00 WIN32_LEAN_AND_MEAN NOMINMAX)
# No DLL of the compiler's: what we build imports the system's only.
add_link_options(-static)
set(ZLIB_USE_STATIC_LIBS ON)
set(CMAKE_SHARED_LIBRARY_PREFIX "")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# Header-only packages live in /usr/include, whose other headers are Linux': only these are let in.
set(header_only ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${header_only})
foreach(package toml++ CLI fmt nlohmann)
    if(NOT EXISTS /usr/include/${package})
        message(FATAL_ERROR "/usr/include/${package} is missing: scripts/install_packages build")
    endif()
    file(CREATE_LINK /usr/include/${package} ${header_only}/${package} SYMBOLIC)
endforeach()
include_directories(SYSTEM ${header_only})

# cardmux_keep_symbols(<target>): the debug symbols go to a file beside it, NAME.debug.
function(cardmux_keep_symbols target)
    set(file $<TARGET_FILE:${target}>)
    add_custom_command(TARGET ${target} POST_BUILD VERBATIM
        COMMAND ${CMAKE_OBJCOPY} --only-keep-debug ${file} ${file}.debug
        COMMAND ${CMAKE_OBJCOPY} --strip-debug ${file}
        COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=${file}.debug ${file})
endfunction()

# cardmux_version(<target> <file name> <description>): the resource that Explorer and signing show.
function(cardmux_version target file description)
    set(VERSION_FILE ${file})
    set(VERSION_DESCRIPTION ${description})
    get_target_property(type ${target} TYPE)
    set(VERSION_TYPE VFT_DLL)
    if(type STREQUAL EXECUTABLE)
        set(VERSION_TYPE VFT_APP)
    endif()
    string(REPLACE "." "," VERSION_NUMBERS "${PROJECT_VERSION},0")
    configure_file(${PROJECT_SOURCE_DIR}/src/windows/version.rc.in
                   ${CMAKE_CURRENT_BINARY_DIR}/${target}_version.rc @ONLY)
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${target}_version.rc)
endfunction()

# cardmux_interface(<layer> FORWARDER <dll> DESCRIPTION <text> EXPORTS <names>)
#
# An interface inside cardmux.dll: its layer is linked in whole, its C functions are exported from
# there, and <dll>.dll is a PE forwarder of the same names, so that one process has one transaction
# manager whichever DLLs it loads. Without FORWARDER the names are cardmux.dll's alone.
function(cardmux_interface layer)
    cmake_parse_arguments(INTERFACE "" "FORWARDER;DESCRIPTION" "EXPORTS" ${ARGN})
    set_property(GLOBAL APPEND PROPERTY CARDMUX_DLL_LAYERS cardmux_${layer})
    set_property(GLOBAL APPEND PROPERTY CARDMUX_DLL_EXPORTS ${INTERFACE_EXPORTS})
    if(INTERFACE_FORWARDER)
        cardmux_forwarder(${INTERFACE_FORWARDER} "${INTERFACE_DESCRIPTION}" ${INTERFACE_EXPORTS})
    endif()
endfunction()

# cardmux_forwarder(<name> <description> <exports>): <name>.dll, without any code of its own.
function(cardmux_forwarder name description)
    set(lines "LIBRARY ${name}.dll" "EXPORTS")
    foreach(export ${ARGN})
        list(APPEND lines "    ${export} = cardmux.${export}")
    endforeach()
    list(JOIN lines "\n" text)
    set(def ${CMAKE_CURRENT_BINARY_DIR}/${name}.def)
    file(CONFIGURE OUTPUT ${def} CONTENT "${text}\n" @ONLY)
    add_library(${name} SHARED ${def})
    set_property(GLOBAL APPEND PROPERTY CARDMUX_FORWARDERS ${name})
    cardmux_version(${name} ${name}.dll "${description}")
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
    target_link_options(${name} PRIVATE -nostdlib LINKER:--entry=0)
endfunction()
