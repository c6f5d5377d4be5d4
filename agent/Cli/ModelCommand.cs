using System.CommandLine;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model ...</c></summary>
internal static class ModelCommand
{
    public static Command Create(TimeProvider clock) => new("model", "Import, inspect, export, sign, install and measure students.")
    {
        ImportCommand.Create(clock), ModelInspectCommand.Create(), ModelLintCommand.Create(clock), ModelExportCommand.Create(),
        ModelBuildCommand.Create(clock),
        SigningCommands.Verify(clock), SigningCommands.Sign(), InstallCommand.Create(clock), ModelProbeCommand.Create(clock),
        ModelInstrumentCommands.Tokenize(clock), ModelInstrumentCommands.Logits(clock), ModelInstrumentCommands.Generate(clock),
    };
}
