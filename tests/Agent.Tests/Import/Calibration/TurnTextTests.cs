using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class TurnTextTests : IDisposable
{
    private const string ChatMl = "{% for m in messages %}<|user|>{{ m.role }}:{{ m.content }}<|end|>{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private TurnText? Of(string template, out Tokenizer tokenizer)
    {
        File.WriteAllText(_directory.File("tokenizer.json"), TinyStudent.TokenizerJson());
        tokenizer = TokenizerFile.Load(_directory.File("tokenizer.json"));
        return TurnText.Of(new StudentText(tokenizer, new ChatTemplate(template)), new Dictionary<string, object?>());
    }

    [Theory]
    [InlineData(ChatMl, "<|user|>user:", "<|end|><|assistant|>", "<|end|><|user|>user:")]
    // one question alone: the next one begins as the first
    [InlineData("<|user|>{{ messages[-1].content }}<|assistant|>", "<|user|>", "<|assistant|>", "<|user|>")]
    [InlineData("{% if messages|length > 1 %}{{ raise_exception('one') }}{% endif %}<|user|>{{ messages[0].content }}<|assistant|>", null,
        null, null)]
    [InlineData(ChatTemplate.Plain, null, null, null)]
    [InlineData("<|user|>{{ messages[0].content | upper }}<|assistant|>", null, null, null)]
    public void Of_ATemplate_IsWhatItWritesAroundTurns(string template, string? opening, string? beforeAnswer, string? beforeNext)
    {
        var turns = Of(template, out var tokenizer);
        string? Text(int[]? ids) => ids is null ? null : tokenizer.Decode(ids, keepSpecial: true);
        Assert.Equal((opening, beforeAnswer, beforeNext),
            (Text(turns?.Opening), Text(turns?.BeforeAnswer), Text(turns?.BeforeNextQuestion)));
    }
}
