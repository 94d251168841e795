// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one provider of a Windows process: CSP, KSP and PKCS#11 share it, so that one process has one
// transaction manager. Made at first use, kept until the process ends.
#pragma once

#include <memory>

#include "provider/provider.h"

namespace cardmux::windows {

/// The process's provider. The first call reads the settings, opens the log and pins the DLL, all
/// with the process's rights, whoever the caller acts for; after an error the next one tries again.
/// Touches no card, connects to nothing. Any thread, but not from DllMain.
///
/// errors    InvalidArgument: a setting that is not allowed (the event log says which);
///           OutOfMemory; ShuttingDown: the process is ending
Result<std::shared_ptr<provider::Provider>> process_provider();

/// Where the process's provider writes, for the interfaces over it; silent before it is made. Stays
/// for good.
LogSink& process_log();

/// For DllMain when the process ends. Windows has ended all other threads by then, wherever they
/// were: their locks stay locked, and winscard's answers may never come. So nothing is taken back
/// here. What becomes of the cards: the smart card service sees the process end and resets a card
/// that was left in a transaction, which takes our authority off it; and the locks of turns go with
/// their handles.
void note_process_end();

/// Whether the process ends. An interface asks before anything else: a DLL that calls us while it
/// is unloaded (from its own DllMain) is to be refused at once, without a lock, a log line or a
/// wait, all of which may belong to threads that are gone.
bool process_is_ending() noexcept;

}  // namespace cardmux::windows
