using System.CommandLine;
using EdgeAgent.Cli;
using EdgeAgent.Platform;

CrashGuard.HideMessages();
var clock = TimeProvider.System;
Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
Console.InputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
var root = RootVerb.Create(clock);
var result = root.Parse(args);
if (result.Errors.Count == 0) return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
foreach (var error in result.Errors) Console.Error.WriteLine($"edge-agent: {error.Message}");
Console.Error.WriteLine(
    $"edge-agent: see 'edge-agent {(result.CommandResult.Command is RootCommand ? "" : result.CommandResult.Command.Name + " ")}--help'");
return ExitCodes.Usage;
