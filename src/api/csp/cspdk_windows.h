// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What Microsoft's cspdk.h declares and mingw-w64 does not have: the entry points of a CSP
// (CryptoSPI), with the names and types of the documentation.
#pragma once

#include "api/windows/crypto_api_windows.h"

/// Handed to CPAcquireContext. A caller of version 1 ends it after FuncReturnhWnd, one of version 2
/// after cbContextInfo.
struct VTableProvStruc {
    DWORD Version;
    FARPROC FuncVerifyImage;
    FARPROC FuncReturnhWnd;
    DWORD dwProvType;
    BYTE* pbContextInfo;
    DWORD cbContextInfo;
    LPSTR pszProvName;
};
using PVTableProvStruc = VTableProvStruc*;

/// VTableProvStruc::FuncReturnhWnd.
using ReturnWindow = BOOL(WINAPI*)(HWND* window);

/// Only newer headers have it (NTDDI_WIN10_RS5).
constexpr DWORD pp_dismiss_pin_ui_sec = 49;

/// What the flags of PP_KEYSET_SEC_DESCR may name.
constexpr DWORD security_parts = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                 DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;

extern "C" {

BOOL WINAPI CPAcquireContext(HCRYPTPROV* phProv, LPCSTR pszContainer, DWORD dwFlags,
                             PVTableProvStruc pVTable) noexcept;
BOOL WINAPI CPReleaseContext(HCRYPTPROV hProv, DWORD dwFlags) noexcept;
BOOL WINAPI CPGetProvParam(HCRYPTPROV hProv, DWORD dwParam, BYTE* pbData, DWORD* pdwDataLen,
                           DWORD dwFlags) noexcept;
BOOL WINAPI CPSetProvParam(HCRYPTPROV hProv, DWORD dwParam, const BYTE* pbData,
                           DWORD dwFlags) noexcept;

BOOL WINAPI CPGenKey(HCRYPTPROV hProv, ALG_ID Algid, DWORD dwFlags, HCRYPTKEY* phKey) noexcept;
BOOL WINAPI CPDeriveKey(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTHASH hBaseData, DWORD dwFlags,
                        HCRYPTKEY* phKey) noexcept;
BOOL WINAPI CPDestroyKey(HCRYPTPROV hProv, HCRYPTKEY hKey) noexcept;
BOOL WINAPI CPDuplicateKey(HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD* pdwReserved, DWORD dwFlags,
                           HCRYPTKEY* phKey) noexcept;
BOOL WINAPI CPGetUserKey(HCRYPTPROV hProv, DWORD dwKeySpec, HCRYPTKEY* phUserKey) noexcept;
BOOL WINAPI CPGenRandom(HCRYPTPROV hProv, DWORD dwLen, BYTE* pbBuffer) noexcept;
BOOL WINAPI CPSetKeyParam(HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD dwParam, const BYTE* pbData,
                          DWORD dwFlags) noexcept;
BOOL WINAPI CPGetKeyParam(HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD dwParam, BYTE* pbData,
                          DWORD* pcbData, DWORD dwFlags) noexcept;
BOOL WINAPI CPExportKey(HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTKEY hPubKey, DWORD dwBlobType,
                        DWORD dwFlags, BYTE* pbData, DWORD* pcbData) noexcept;
BOOL WINAPI CPImportKey(HCRYPTPROV hProv, const BYTE* pbData, DWORD cbData, HCRYPTKEY hPubKey,
                        DWORD dwFlags, HCRYPTKEY* phKey) noexcept;

BOOL WINAPI CPCreateHash(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTKEY hKey, DWORD dwFlags,
                         HCRYPTHASH* phHash) noexcept;
BOOL WINAPI CPHashData(HCRYPTPROV hProv, HCRYPTHASH hHash, const BYTE* pbData, DWORD cbData,
                       DWORD dwFlags) noexcept;
BOOL WINAPI CPHashSessionKey(HCRYPTPROV hProv, HCRYPTHASH hHash, HCRYPTKEY hKey,
                             DWORD dwFlags) noexcept;
BOOL WINAPI CPSetHashParam(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwParam, const BYTE* pbData,
                           DWORD dwFlags) noexcept;
BOOL WINAPI CPGetHashParam(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwParam, BYTE* pbData,
                           DWORD* pcbData, DWORD dwFlags) noexcept;
BOOL WINAPI CPDestroyHash(HCRYPTPROV hProv, HCRYPTHASH hHash) noexcept;
BOOL WINAPI CPDuplicateHash(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD* pdwReserved, DWORD dwFlags,
                            HCRYPTHASH* phHash) noexcept;

BOOL WINAPI CPSignHash(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwKeySpec, LPCWSTR sDescription,
                       DWORD dwFlags, BYTE* pbSignature, DWORD* pcbSignature) noexcept;
BOOL WINAPI CPVerifySignature(HCRYPTPROV hProv, HCRYPTHASH hHash, const BYTE* pbSignature,
                              DWORD cbSignature, HCRYPTKEY hPubKey, LPCWSTR sDescription,
                              DWORD dwFlags) noexcept;
BOOL WINAPI CPEncrypt(HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL fFinal,
                      DWORD dwFlags, BYTE* pbData, DWORD* pcbData, DWORD cbBufLen) noexcept;
BOOL WINAPI CPDecrypt(HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL fFinal,
                      DWORD dwFlags, BYTE* pbData, DWORD* pcbData) noexcept;

}  // extern "C"
