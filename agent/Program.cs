using System.CommandLine;
using EdgeAgent.Cli;
using EdgeAgent.Platform;

CrashGuard.HideMessages();
var clock = TimeProvider.System;
Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
Console.InputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
var root = new RootCommand("edge-agent: answers a factory floor's questions with a distilled 4-bit student, over MQTT.")
{
    RunCommand.Create(clock),
    DemoCommand.Create(clock),
    AskCommand.Create(clock),
    BenchCommand.Create(clock),
    EvalCommand.Create(clock),
    ModelCommand.Create(clock),
    FleetCommand.Create(clock),
    RedactCommand.Create(),
    AnswersCommand.Create(clock),
    TopCommand.Create(clock),
    ThermalCommand.Create(),
};
var result = root.Parse(args);
if (result.Errors.Count == 0) return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
foreach (var error in result.Errors) Console.Error.WriteLine($"edge-agent: {error.Message}");
Console.Error.WriteLine(
    $"edge-agent: see 'edge-agent {(result.CommandResult.Command is RootCommand ? "" : result.CommandResult.Command.Name + " ")}--help'");
return ExitCodes.Usage;
