@echo off
rem SPDX-License-Identifier: Apache-2.0
rem Copyright The Cardmux authors
rem
rem What an administrator runs on a real machine with a real PIV card: registers Cardmux, puts the
rem same load on Microsoft's provider and on ours, prints both reports side by side, and takes the
rem registration back. Where Cardmux is registered already, that one is measured and left as it is.
rem The card's keys and certificates are not changed. Twelve runs: a quarter of an hour.
rem
rem     acceptance.cmd PINFILE [THREADS] [SECONDS]
rem
rem PINFILE    a file with the PIN in its first line. A wrong PIN costs one try of the card: the
rem            first run presents it once, and nothing follows.
rem
rem No delayed expansion, which would eat every ! of a path.
setlocal EnableExtensions DisableDelayedExpansion

set "TOOL=%~dp0cardmux.exe"
set "PINFILE=%~1"
set "THREADS=%~2"
set "SECONDS=%~3"
if "%THREADS%"=="" set "THREADS=32"
if "%SECONDS%"=="" set "SECONDS=60"
set "REPORTS=%TEMP%\cardmux-acceptance"

if "%PINFILE%"=="" goto :usage
if not exist "%PINFILE%" goto :no_pin_file
if not exist "%TOOL%" goto :no_tool
rem Answers administrators only, and needs no service (`net session` needs the Server service).
fltmc >nul 2>&1
if errorlevel 1 goto :no_rights
if not exist "%REPORTS%" mkdir "%REPORTS%"

echo === the machine
"%TOOL%" doctor

set "FAILED=0"
set "PIN_FAILED="
set "WAS_REGISTERED="
if exist "%ProgramData%\Cardmux\backup.json" set "WAS_REGISTERED=1"
if defined WAS_REGISTERED goto :measure
echo === register
"%TOOL%" register
if errorlevel 1 exit /b 1

:measure
if defined WAS_REGISTERED echo === Cardmux is registered already: that is what is measured
for %%M in (own shared release) do (
    call :pair csp %%M "Microsoft Base Smart Card Crypto Provider" "Cardmux Smart Card Crypto Provider"
    call :pair ksp %%M "Microsoft Smart Card Key Storage Provider" "Cardmux Smart Card Key Storage Provider"
)

if defined PIN_FAILED echo The PIN was refused: stopped, so that no more tries are spent.
if defined PIN_FAILED set "FAILED=1"
if defined WAS_REGISTERED goto :verdict
echo === unregister
"%TOOL%" unregister
if errorlevel 1 set "FAILED=1"

:verdict
echo.
echo All reports: "%REPORTS%"
if "%FAILED%"=="0" echo ACCEPTED: no run with Cardmux had an error
if not "%FAILED%"=="0" echo NOT ACCEPTED: see the runs with Cardmux above
exit /b %FAILED%

:usage
echo usage: acceptance.cmd PINFILE [THREADS] [SECONDS]
exit /b 2

:no_pin_file
echo there is no "%PINFILE%"
exit /b 2

:no_tool
echo there is no "%TOOL%": run this from the folder with cardmux.exe and cardmux.dll
exit /b 2

:no_rights
echo run this as administrator: it registers Cardmux
exit /b 1

rem pair INTERFACE MODE THEIRS OURS: the same load on both, theirs on the left. Nothing once the PIN
rem was refused.
:pair
if defined PIN_FAILED exit /b 4
set "THEIRS=%REPORTS%\%1-%2-microsoft.txt"
set "OURS=%REPORTS%\%1-%2-cardmux.txt"
echo === %1, mode %2: %THREADS% threads, %SECONDS% s each
"%TOOL%" load --%1 %3 --mode %2 --threads %THREADS% --seconds %SECONDS% --pin-file "%PINFILE%" >"%THEIRS%" 2>&1
set "THEIR_CODE=%errorlevel%"
if "%THEIR_CODE%"=="4" set "PIN_FAILED=1"
if defined PIN_FAILED type "%THEIRS%"
if defined PIN_FAILED exit /b 4
"%TOOL%" load --%1 %4 --mode %2 --threads %THREADS% --seconds %SECONDS% --pin-file "%PINFILE%" >"%OURS%" 2>&1
set "OUR_CODE=%errorlevel%"
if "%OUR_CODE%"=="4" set "PIN_FAILED=1"
if not "%OUR_CODE%"=="0" set "FAILED=1"
powershell -NoProfile -Command ^
    "$a = @(Get-Content -Encoding UTF8 -LiteralPath $env:THEIRS); $b = @(Get-Content -Encoding UTF8 -LiteralPath $env:OURS);" ^
    "$n = [Math]::Max($a.Count, $b.Count);" ^
    "'{0,-78} | {1}' -f 'MICROSOFT', 'CARDMUX';" ^
    "for ($i = 0; $i -lt $n; $i++) { $l = [string]$a[$i]; if ($l.Length -gt 78) { $l = $l.Substring(0, 78) };" ^
    "'{0,-78} | {1}' -f $l, $b[$i] }"
echo exit codes: Microsoft %THEIR_CODE%, Cardmux %OUR_CODE%
echo.
exit /b 0
