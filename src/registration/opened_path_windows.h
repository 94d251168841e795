// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A file or folder that may be somebody else's trap, looked at by its handle: what was looked at is
// what is used. Never through a link in its place. And who may change it, besides those who own the
// machine anyway.
#pragma once

#include <windows.h>

#include <string>

#include "base/bytes.h"

namespace cardmux::registration {

class OpenedPath {
  public:
    /// Opens what is there. A link is opened itself, not what it leads to.
    ///
    /// access    e.g. READ_CONTROL; FILE_READ_ATTRIBUTES is added
    OpenedPath(const std::string& path, DWORD access);
    ~OpenedPath();
    OpenedPath(const OpenedPath&) = delete;
    OpenedPath& operator=(const OpenedPath&) = delete;

    bool is_open() const { return handle_ != INVALID_HANDLE_VALUE; }
    /// Why not: Win32's code.
    DWORD failure() const { return failure_; }
    HANDLE handle() const { return handle_; }
    bool is_folder() const { return is_plain_ && is_folder_; }
    /// A file with one name: one with several may be another's file.
    bool is_file() const { return is_plain_ && !is_folder_ && names_ == 1; }

    /// The owner's SID. Empty: it cannot be told.
    Bytes owner() const;

  private:
    HANDLE handle_;
    DWORD failure_ = ERROR_SUCCESS;
    bool is_plain_ = false;  // no link
    bool is_folder_ = false;
    DWORD names_ = 0;
};

/// To change what a file or folder holds, or to put another in its place.
constexpr DWORD rights_to_change = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE |
                                   WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
/// To put another in the place of what a folder holds.
constexpr DWORD rights_to_replace =
    FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;

/// Whether somebody else than SYSTEM, the administrators and Windows' installer owns it or is
/// allowed one of these rights. What is denied to them is not looked at.
///
/// also_trusted    a SID; may be empty
bool others_may(PSECURITY_DESCRIPTOR descriptor, DWORD rights, ByteView also_trusted = {});

/// The same for something open; true if it cannot be told.
///
/// needs    READ_CONTROL
bool others_may(const OpenedPath& opened, DWORD rights, ByteView also_trusted = {});

/// Whether somebody else than an administrator could change this file, or put another in its
/// place: in its folder, or with that folder in one above.
///
/// path      whole, with its drive
/// returns   empty: nobody; else the file or folder that lets them
std::string changeable_by_others(const std::string& path);

}  // namespace cardmux::registration
