using System.Globalization;
using System.Text;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Serving;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>Asks a loaded student the items of a suite, through the whole engine.</summary>
internal sealed class StudentAsker(Student student)
{
    /// <summary>A prompt that leaves fewer tokens than this for the answer is not asked.</summary>
    private const int MinAnswer = 16;

    public async Task<SuiteOutput> AskAsync(SuiteTask task, CancellationToken cancellationToken)
    {
        var (texts, turns, tokens) = (new List<string>(), new List<ChatTurn>(), 0L);
        foreach (var turn in task.Turns)
        {
            turns.Add(new ChatTurn("user", turn));
            var (ids, think) = task.IsChat ? student.Prompt(turns, thinkTokens: 0)
                : (student.Tokenizer.Encode(turn, addSpecial: true), null);
            var room = student.Context - ids.Length;
            if (room < MinAnswer)
                return new SuiteOutput(task.Id, texts, tokens, string.Create(CultureInfo.InvariantCulture,
                    $"the prompt exceeds the student's context of {student.Context} tokens"));
            var sampling = task.Sampling with { MaxTokens = Math.Min(task.Sampling.MaxTokens, room) };
            var (text, count) = await GenerateAsync(new GenerationRequest(ids, sampling) { Think = think }, cancellationToken)
                .ConfigureAwait(false);
            texts.Add(text);
            turns.Add(new ChatTurn("assistant", text));
            tokens += count;
        }
        return new SuiteOutput(task.Id, texts, tokens, null);
    }

    private async Task<(string Text, int Tokens)> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var tokens = 0;
        await foreach (var e in student.Engine.Submit(request).Events.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            text.Append(e.Text);
            tokens = e.Tokens;
            if (e.Finish == FinishReason.Failed) throw new InferenceException(e.Error ?? "the step failed");
        }
        return (text.ToString(), tokens);
    }
}
