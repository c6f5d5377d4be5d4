using System.CommandLine;

namespace EdgeAgent.Cli;

/// <summary>All verbs of <c>edge-agent</c>.</summary>
internal static class RootVerb
{
    public static RootCommand Create(TimeProvider clock) =>
        new("edge-agent: answers a factory floor's questions with a distilled 4-bit student, over MQTT.")
        {
            RunCommand.Create(clock),
            DemoCommand.Create(clock),
            AskCommand.Create(clock),
            BenchCommand.Create(clock),
            EvalCommand.Create(clock),
            ModelCommand.Create(clock),
            FleetCommand.Create(clock),
            BrokerCommand.Create(),
            EnrolCommand.Create(clock),
            DoctorCommand.Create(clock),
            RedactCommand.Create(),
            AnswersCommand.Create(clock),
            ReviewCommand.Create(clock),
            ReportCommand.Create(clock),
            DocsCommand.Create(clock),
            TopCommand.Create(clock),
            ThermalCommand.Create(),
        };
}
